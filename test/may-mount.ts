import { execFileSync } from 'node:child_process';

/** Whether this user may mount a file system of his own, as containers and some systems forbid. */
export const mayMount = ((): boolean => {
  try {
    execFileSync('unshare', ['--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
})();
