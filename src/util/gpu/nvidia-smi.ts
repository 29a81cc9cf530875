import { spawn } from 'node:child_process';

/** What the driver's tool is asked, one process each. */
export const NVIDIA_SMI_QUESTIONS = {
  cards: [
    '--query-gpu=index,name,uuid,driver_version,compute_cap,memory.total,memory.free,compute_mode,mig.mode.current,pstate',
    '--format=csv',
  ],
  processes: ['--query-compute-apps=gpu_uuid,pid,process_name,used_gpu_memory', '--format=csv'],
  /** Cards with their MIG instances. */
  list: ['-L'],
} as const;

/** What the driver's tool answered. */
export interface NvidiaSmiAnswer {
  /** Its exit code; undefined where it was not there, could not be run, or did not end in time. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly failure?: 'missing' | 'too-slow' | undefined;
}

/** Without persistence mode the driver wakes each card first, which takes seconds. */
const PATIENCE = 20_000;

/**
 * Asks `nvidia-smi`, for so many milliseconds at most.
 *
 * It is not waited for after that: where a driver hangs the tool can't even be killed.
 */
export function askNvidiaSmi(
  question: keyof typeof NVIDIA_SMI_QUESTIONS,
  {
    program = 'nvidia-smi',
    environment = process.env,
    patience = PATIENCE,
  }: {
    readonly program?: string | undefined;
    readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
    readonly patience?: number | undefined;
  } = {},
): Promise<NvidiaSmiAnswer> {
  return new Promise((resolve) => {
    const child = spawn(program, NVIDIA_SMI_QUESTIONS[question], {
      env: environment as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const texts = { stdout: '', stderr: '' };
    const finish = (answer: Pick<NvidiaSmiAnswer, 'status' | 'failure'>): void => {
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
        // The tool prints a few kilobytes; whatever else stands there under its name must not fill the memory.
        if (texts[name].length < 1e6) texts[name] += chunk;
      });
    }
    child.once('error', ({ message }: NodeJS.ErrnoException) => {
      texts.stderr = message;
      finish({ status: undefined, failure: 'missing' });
    });
    child.once('close', (status) => finish({ status: status ?? undefined }));
  });
}
