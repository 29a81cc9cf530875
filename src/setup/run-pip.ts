import { spawn } from 'node:child_process';
import { UserError } from '../util/errors.ts';

/** What to ask pip for, and with which environment (`PATH`, and pip's own variables for mirrors). */
export interface PipQuery {
  readonly requirement: string;
  /** Wheel tags in order of preference. */
  readonly tags: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

export interface PipResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a connection that broke amid a file makes pip say; old ones find only that the content is not the right one. */
const CUT =
  /IncompleteRead|Connection ?(broken|reset|aborted)|timed out|DO NOT MATCH THE HASHES|ReadTimeout|incomplete/i;

const NETWORK =
  /NewConnectionError|ConnectTimeout|ReadTimeout|name resolution|ProxyError|SSLError|Connection ?(refused|reset|aborted|broken)|Connection to .* failed|IncompleteRead|unreachable|timed out/i;

const FULL = /No space left on device|Disk quota exceeded/;

/** pip's options that are the same for all that is asked of it, and what it is asked for. */
export function pipArguments({ tags, requirement }: PipQuery): string[] {
  return [
    ...['--disable-pip-version-check', '--no-input', '--retries', '2'],
    ...['--no-deps', '--only-binary=:all:', '--python-version', '3.11', '--implementation', 'cp'],
    ...tags.flatMap((tag) => ['--platform', tag]),
    requirement,
  ];
}

/**
 * Runs python3; with `inherit` its output goes to standard error.
 *
 * @throws UserError where there is no python3.
 */
export function runPython(
  { environment }: PipQuery,
  args: readonly string[],
  output: 'pipe' | 'inherit' = 'pipe',
): Promise<PipResult> {
  const child = spawn('python3', args, {
    env: environment,
    stdio: ['ignore', output === 'pipe' ? 'pipe' : process.stderr, 'pipe'],
  });
  const chunks = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    chunks.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    chunks.stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? noPython() : error));
    child.on('close', (status) => resolve({ status: status ?? 1, ...chunks }));
  });
}

/** Whether pip failed because a download stopped amid the file. */
export function wasCut({ stderr }: PipResult): boolean {
  return CUT.test(stderr) && !FULL.test(stderr);
}

/** The end of what pip said, on one line. */
export function lastWords(stderr: string): string {
  const lines = stderr.trim().split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .slice(-2)
    .join(' ')
    .trim();
}

function noPython(): UserError {
  return new UserError(
    'Python 3 was expected on the PATH to find TensorFlow in its package index, but there is no python3.',
    {
      hint: 'Install it (Debian and Ubuntu: `apt install python3 python3-pip`) or name a TensorFlow in CL_TENSORFLOW. Training itself needs no Python.',
    },
  );
}

/** Why pip failed, for people, by what it wrote to standard error. */
export function explainPip({ requirement }: PipQuery, stderr: string): UserError {
  if (/No module named '?"?pip\b/.test(stderr)) {
    return new UserError('python3 was expected to have pip, but it has none.', {
      hint: 'Install it (Debian and Ubuntu: `apt install python3-pip`; elsewhere `python3 -m ensurepip --user`) or name a TensorFlow in CL_TENSORFLOW.',
    });
  }
  if (FULL.test(stderr)) {
    return new UserError(`pip found the disk full while it fetched ${requirement}: ${lastWords(stderr)}`, {
      hint: 'Free some space (or set XDG_CACHE_HOME, and PIP_CACHE_DIR, to folders on a larger disk) and run the command again.',
    });
  }
  if (NETWORK.test(stderr)) {
    return new UserError(`The package index cannot be reached to fetch ${requirement}: is there a network?`, {
      hint: 'Check the network, proxy (HTTPS_PROXY) and mirror (`python3 -m pip config list`), then run the command again: it continues. Offline: bring a bundle (`cl-doctor --bundle DIR` elsewhere), or name a TensorFlow in CL_TENSORFLOW.',
    });
  }
  const [, answer] = /Could not fetch URL .*: (?!404)([45]\d\d [\w ]*Error[^\n]*?) for url/.exec(stderr) ?? [];
  if (answer !== undefined) {
    return new UserError(`The package index that pip uses did not tell of ${requirement}: ${answer}`, {
      hint: 'Check its address, name and password: `python3 -m pip config list`.',
    });
  }
  if (/No matching distribution/.test(stderr)) {
    return new UserError(`The package index that pip uses has no wheel of ${requirement} for this platform.`, {
      hint: 'Check `python3 -m pip config list`: a mirror may lack it; and `python3 -m pip --version`: 20.3 or later is needed. Or name a TensorFlow in CL_TENSORFLOW.',
    });
  }
  return new UserError(`pip could not find ${requirement}: ${lastWords(stderr)}`, {
    hint: `Try \`python3 -m pip download --no-deps ${requirement}\` to see what pip says.`,
  });
}
