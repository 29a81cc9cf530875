import { UserError } from '../util/errors.ts';
import { explainDamage } from '../util/machine.ts';
import { writeText } from '../util/write-text.ts';

// The last step of the bootstrap in setup/*.mjs: everything before it works without this project's packages.
try {
  const { ensureTensorflow } = await import('./ensure.ts');
  await ensureTensorflow();
} catch (error) {
  const explained = error instanceof UserError ? error : explainDamage(error);
  if (explained === undefined) throw error;
  writeText(process.stderr, `error: ${explained.message}\n`);
  if (explained.hint !== undefined) writeText(process.stderr, `hint: ${explained.hint}\n`);
  process.exitCode = error instanceof UserError ? error.exitCode : 1;
}
