import { type InstallJob, installTensorflow } from '../../src/setup/install.ts';
import { UserError } from '../../src/util/errors.ts';

// Installs what its argument says, in a process that a test can kill, or give a small disk.
const job = JSON.parse(process.argv[2] ?? '') as Omit<InstallJob, 'progress'>;
const say = (line: string) => void process.stdout.write(`${line}\n`);
try {
  await installTensorflow({ ...job, progress: { say, begin() {}, advance: (done) => say(`at ${done}`), end() {} } });
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say(`error: ${error.message}\nhint: ${error.hint}`);
  process.exitCode = error.exitCode;
}
