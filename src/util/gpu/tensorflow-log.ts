import { fileURLToPath } from 'node:url';
import { askProgram } from './ask-program.ts';

const DOCTOR = fileURLToPath(new URL('../../../bin/cl-doctor.js', import.meta.url));
const PATIENCE = 60_000;

/**
 * What TensorFlow's log says while it opens a session, in a process of its own: here it is silent, and reading standard
 * error of this process would lose the last words of a crash. Takes a few seconds.
 */
export async function readTensorflowLog(): Promise<string> {
  const environment = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '0' };
  return (await askProgram(process.execPath, [DOCTOR, '--probe'], environment, PATIENCE)).stderr;
}
