import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { assertSpace } from './disk.mjs';
import { fail, ROOT, run, say } from './process.mjs';

const LOCKFILE = join(ROOT, 'package-lock.json');

/** What npm notes of the packages that it installed. */
const NOTE = join(ROOT, 'node_modules', '.package-lock.json');

/** Bytes of all packages on the disk, and a little more. */
const PACKAGES_BYTES = 700e6;

/** What npm says when something outside of it is wrong, and what that means. */
const PROBLEMS = [
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT/,
    'its registry cannot be reached',
    'Check the network, proxy (HTTPS_PROXY) and `npm config get registry`, then run the command again.',
  ],
  [/ENOSPC|EDQUOT/, 'the disk is full', 'Free about 700 MB there, then run the command again.'],
  [/EACCES|EPERM|EROFS/, 'it may not write', 'Clone into a folder of your own, then run the command again.'],
  [/EMFILE/, 'it may open no more files', 'Raise the limit (`ulimit -n 4096`), then run the command again.'],
];

/**
 * Whether node_modules holds what package-lock.json lists; npm notes what it installed in a lockfile of its own there.
 */
export function packagesInstalled() {
  const installed = existsSync(NOTE) ? readPackages(NOTE) : undefined;
  if (installed === undefined) return false;
  return Object.entries(readPackages(LOCKFILE)).every(([path, wanted]) => {
    const found = installed[path];
    if (path === '' || (found === undefined && wanted.optional)) return true;
    return found !== undefined && found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/** Installs what package-lock.json lists, without running any install script. */
export async function installPackages() {
  // What is there already is replaced, and its place is not known to be free.
  if (!existsSync(join(ROOT, 'node_modules'))) assertSpace(PACKAGES_BYTES, 'Installing the npm packages');
  say('Installing npm packages, once: about 300 of them, 660 MB on the disk ...');
  const options = ['--ignore-scripts', '--include=dev', '--no-fund', '--no-audit', '--no-progress', '--loglevel=warn'];
  // npm's own pauses would leave somebody without network waiting for more than a minute.
  const patience = ['--fetch-retries=3', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];
  let errors = '';
  const onError = (text) => {
    errors += text;
  };
  const stopBar = process.stderr.isTTY ? showBar() : () => {};
  const status = await run('npm', ['ci', ...options, ...patience], { stdio: ['ignore', 'ignore', 'pipe'], onError });
  stopBar();
  errors = errors.replace(/^npm warn (?!tar).*\n/gim, '');
  // npm calls a file that it could not unpack a warning, and goes on to success.
  const isTorn = /TAR_ENTRY_ERROR/.test(errors);
  if (status === 0 && !isTorn) return;
  rmSync(NOTE, { force: true });
  const [, problem, hint] = PROBLEMS.find(([pattern]) => pattern.test(errors)) || [];
  if (problem === undefined) fail(`npm could not install the packages:\n${errors.trim()}`, undefined, status || 1);
  const [, place] = /^npm (?:error|ERR!) path (.*)$/m.exec(errors) || [];
  fail(`npm could not install the packages: ${problem}${place ? ` (${place})` : ''}.`, hint, status || 1);
}

function readPackages(lockfile) {
  try {
    return JSON.parse(readFileSync(lockfile, 'utf8')).packages;
  } catch (error) {
    if (lockfile === LOCKFILE || !(error instanceof SyntaxError)) throw error;
    // A full disk cut it short.
    return undefined;
  }
}

/** npm has no bar of its own: this one counts the packages that are in their place. */
function showBar() {
  const wanted = Object.entries(readPackages(LOCKFILE)).filter(([path, { optional }]) => path !== '' && !optional);
  const files = wanted.map(([path]) => join(ROOT, path, 'package.json'));
  const draw = () => {
    const done = files.filter((file) => existsSync(file)).length;
    const filled = Math.round((24 * done) / files.length);
    process.stderr.write(`\r${'='.repeat(filled)}${'-'.repeat(24 - filled)} ${done} of ${files.length} packages`);
  };
  const timer = setInterval(draw, 250);
  return () => {
    clearInterval(timer);
    draw();
    process.stderr.write('\n');
  };
}
