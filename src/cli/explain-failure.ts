import { UserError } from '../util/errors.ts';
import { explainDamage } from '../util/machine.ts';
import { isSystemError } from '../util/system-error.ts';

/** What a machine that has too little of something makes Node, libuv and V8 say, and what helps. */
const SHORTAGES: readonly (readonly [pattern: RegExp, problem: string, hint: string])[] = [
  [
    /\bE[MN]FILE\b|too many open files/i,
    'This process may open no more files',
    'Raise the limit, `ulimit -n 4096`, and run the command again (`cl-doctor` shows what it is).',
  ],
  [
    /ERR_WORKER_INIT_FAILED|\bEAGAIN\b|pthread_create|uv_thread_create/,
    'This user, or this container, may start no more threads or processes',
    'Raise the limit, `ulimit -u` or that of the container (pids), end other programs, or train with `--set data.workers=1`.',
  ],
  [
    /ERR_WORKER_OUT_OF_MEMORY|\bENOMEM\b|(?:Array buffer|Invalid array buffer) ?(?:allocation failed|length)|could not allocate memory|Out of memory|Cannot allocate (?:Wasm )?memory|bad_alloc|OOM when allocating/i,
    'There is not enough memory',
    'Free some, raise a limit (`ulimit -v`, that of the container), or take less: `--set schedule.batchSize=64`; `--dry-run` estimates what a run needs.',
  ],
];

const DISK: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space on that disk, and run the command again.',
  EDQUOT: 'Free some of your quota on that disk, and run the command again.',
  EFBIG: 'Raise the limit of file sizes, `ulimit -f unlimited`, and run the command again.',
  EROFS: 'Choose a place on a file system that can be written.',
  EACCES: 'Change the permissions of that place, or choose another one.',
  EPERM: 'Change the permissions of that place, or choose another one.',
  EIO: 'The disk, or the network that it is behind, fails: see `dmesg`.',
};

/**
 * What an error means that no code was prepared for, where it tells of the machine or of this program's files and not
 * of a mistake in this program; undefined for any other.
 */
export function explainFailure(error: unknown): UserError | undefined {
  const damage = explainDamage(error);
  if (damage !== undefined) return new UserError(damage.message, { hint: damage.hint, cause: error });
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  const [line = ''] = error.message.split('\n');
  const shortage = SHORTAGES.find(([pattern]) => pattern.test(`${code} ${line}`));
  if (shortage !== undefined) {
    const [, problem, hint] = shortage;
    return new UserError(`${problem}: ${line}`, { hint, cause: error });
  }
  const hint = isSystemError(error) ? DISK[code] : undefined;
  return hint === undefined ? undefined : new UserError(line, { hint, cause: error });
}
