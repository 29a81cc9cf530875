import { UserError } from '../util/errors.ts';
import { ensureTensorflow } from './ensure.ts';

// The last step of the bootstrap in setup/*.mjs: everything before it works without this project's packages.
try {
  await ensureTensorflow();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`error: ${error.message}\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`);
  process.exitCode = error.exitCode;
}
