import { type InstallJob, installTensorflow } from '../../src/setup/install.ts';

// Installs what its argument says, in a process that a test can kill.
const job = JSON.parse(process.argv[2] ?? '') as Omit<InstallJob, 'progress'>;
const say = (line: string) => void process.stdout.write(`${line}\n`);
await installTensorflow({ ...job, progress: { say, begin() {}, advance: (done) => say(`at ${done}`), end() {} } });
