import { spawn } from 'node:child_process';

/** What a program answered. */
export interface ProgramAnswer {
  /** Its exit code; undefined where it was not there, could not be run, or did not end in time. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly failure?: 'missing' | 'too-slow' | undefined;
}

/** Characters that are read of an answer: whatever stands under a program's name must not fill the memory. */
const MOST = 1e6;

/**
 * Runs a program, for so many milliseconds at most.
 *
 * It is not waited for after that: where a driver hangs, what asks it can't even be killed.
 */
export function askProgram(
  program: string,
  options: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  patience: number,
): Promise<ProgramAnswer> {
  return new Promise((resolve) => {
    const env = environment as NodeJS.ProcessEnv;
    const child = spawn(program, options, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const texts = { stdout: '', stderr: '' };
    const finish = (answer: Pick<ProgramAnswer, 'status' | 'failure'>): void => {
      clearTimeout(timer);
      resolve({ ...texts, ...answer });
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      finish({ status: undefined, failure: 'too-slow' });
    }, patience);
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        if (texts[name].length < MOST) texts[name] += chunk;
      });
    }
    child.once('error', ({ message }: NodeJS.ErrnoException) => {
      texts.stderr = message;
      finish({ status: undefined, failure: 'missing' });
    });
    child.once('close', (status) => finish({ status: status ?? undefined }));
  });
}
