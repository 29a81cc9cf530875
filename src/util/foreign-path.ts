import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UserError } from './errors.ts';
import { fetchCommand, schemeOf } from './fetch-commands.ts';
import { shellWord } from './shell-word.ts';

/**
 * A path of this machine, also out of a `file://` address.
 *
 * @throws UserError (exit code 2) for an address on the network, a path of Windows, another user's `~`, or a variable,
 * none of which a file has as its name.
 */
export function localPath(path: string): string {
  const scheme = schemeOf(path);
  const problem = (got: string, hint: string): UserError =>
    new UserError(`expected a path on this machine, got ${got} ${path}`, { hint, exitCode: 2 });
  if (scheme === 'file') {
    try {
      return fileURLToPath(path);
    } catch {
      throw problem('the address', 'Write the path alone.');
    }
  }
  if (scheme !== undefined) {
    const fetch = fetchCommand(path);
    throw problem(
      'the address',
      `Nothing is downloaded${fetch === undefined ? ': fetch the images first.' : `. Fetch it first: ${fetch}`}`,
    );
  }
  if (existsSync(path)) return path;
  if (/^[a-z]:[\\/]/i.test(path)) {
    const inLinux = `/mnt/${path[0]?.toLowerCase()}${path.slice(2).replaceAll('\\', '/')}`;
    throw problem('one of Windows,', `Under WSL it is ${shellWord(inLinux)}`);
  }
  const user = /^~[^/]+/.exec(path)?.[0];
  if (user !== undefined)
    throw problem('the home of another user,', `Write it in full, as this shows it: echo ${user}`);
  const variable = /\$\{?(\w+)\}?/.exec(path);
  if (variable !== null) {
    const value = process.env[variable[1] as string];
    const full = value === undefined ? undefined : path.replace(variable[0], value);
    throw problem(
      'a variable in',
      full === undefined ? 'Write the path in full.' : `Write it in full: ${shellWord(full)}`,
    );
  }
  return path;
}
