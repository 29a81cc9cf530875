import { spawn } from 'node:child_process';
import { UserError } from '../util/errors.ts';

/** A file in the user's package index. */
export interface IndexFile {
  readonly url: string;
  readonly sha256: string | undefined;
}

/** What to ask pip for, and with which environment (`PATH`, and pip's own variables for mirrors). */
export interface PipQuery {
  readonly requirement: string;
  /** Wheel tags in order of preference. */
  readonly tags: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

interface PipResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Where the user's package index (pip's configured one, with its mirrors) keeps a wheel; nothing is installed.
 *
 * Undefined when pip is older than 22.2 and cannot tell.
 *
 * @throws UserError without python3 or pip, without network, or when the index has no such wheel.
 */
export async function askPip(query: PipQuery): Promise<IndexFile | undefined> {
  // --target with --dry-run writes nothing; without it pip refuses wheels of another platform tag.
  const options = ['--dry-run', '--quiet', '--ignore-installed', '--target', '.', '--report', '-'];
  const result = await runPip(query, ['install', ...options]);
  if (result.status !== 0) {
    if (/no such option/.test(result.stderr)) return undefined;
    throw explain(query, result.stderr);
  }
  const report = JSON.parse(result.stdout) as PipReport;
  const info = report.install[0]?.download_info;
  if (info === undefined) return undefined;
  return { url: info.url, sha256: info.archive_info?.hashes?.['sha256'] };
}

interface PipReport {
  readonly install: readonly {
    readonly download_info: {
      readonly url: string;
      readonly archive_info?: { readonly hashes?: Record<string, string> | undefined } | undefined;
    };
  }[];
}

/**
 * Lets pip itself download a wheel into a folder: it knows the user's proxies, certificates and credentials.
 *
 * @throws UserError as {@link askPip} does.
 */
export async function downloadWithPip(query: PipQuery, folder: string): Promise<void> {
  const result = await runPip(query, ['download', '--dest', folder], 'inherit');
  if (result.status !== 0) throw explain(query, result.stderr);
}

function runPip(query: PipQuery, command: readonly string[], output: 'pipe' | 'inherit' = 'pipe'): Promise<PipResult> {
  const [verb = '', ...options] = command;
  const common = ['--no-deps', '--only-binary=:all:', '--python-version', '3.11', '--implementation', 'cp'];
  const args = [
    '-m',
    'pip',
    verb,
    '--disable-pip-version-check',
    '--no-input',
    '--retries',
    '2',
    ...options,
    ...common,
  ];
  for (const tag of query.tags) args.push('--platform', tag);
  const child = spawn('python3', [...args, query.requirement], {
    env: query.environment,
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

function noPython(): UserError {
  return new UserError(
    'Python 3 was expected on the PATH to find TensorFlow in its package index, but there is no python3.',
    {
      hint: 'Install it (Debian and Ubuntu: `apt install python3 python3-pip`) or name a TensorFlow in CL_TENSORFLOW. Training itself needs no Python.',
    },
  );
}

const NETWORK =
  /NewConnectionError|ConnectTimeout|ReadTimeout|name resolution|ProxyError|SSLError|Connection ?(refused|reset|aborted|broken)|unreachable|timed out/i;

function explain({ requirement }: PipQuery, stderr: string): UserError {
  if (/No module named '?"?pip\b/.test(stderr)) {
    return new UserError('python3 was expected to have pip, but it has none.', {
      hint: 'Install it (Debian and Ubuntu: `apt install python3-pip`; elsewhere `python3 -m ensurepip --user`) or name a TensorFlow in CL_TENSORFLOW.',
    });
  }
  const last = stderr
    .trim()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-2)
    .join(' ')
    .trim();
  if (NETWORK.test(stderr)) {
    return new UserError(`The package index cannot be reached to fetch ${requirement}: is there a network?`, {
      hint: 'Check the network, proxy (HTTPS_PROXY) and mirror (`python3 -m pip config list`), then run the command again: it continues. Offline: name a TensorFlow in CL_TENSORFLOW.',
    });
  }
  if (/No matching distribution/.test(stderr)) {
    return new UserError(`The package index that pip uses has no wheel of ${requirement} for this platform.`, {
      hint: 'Check `python3 -m pip config list`: a mirror may lack it. Or name a TensorFlow in CL_TENSORFLOW.',
    });
  }
  return new UserError(`pip could not find ${requirement}: ${last}`, {
    hint: `Try \`python3 -m pip download --no-deps ${requirement}\` to see what pip says.`,
  });
}
