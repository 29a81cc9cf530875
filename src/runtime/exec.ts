import koffi from 'koffi';

const F_GETFD = 1;
const F_SETFD = 2;
const FD_CLOEXEC = 1;

/**
 * Replaces this process by a new program under the same process id (execve(2)); returns only by throwing.
 *
 * Node has `process.execve` from 22.15 on; before that libc's is called. Standard streams stay open, nothing is
 * flushed.
 *
 * @throws Error with the system's error number when the program cannot be started.
 */
export function replaceProcess(file: string, args: readonly string[], environment: NodeJS.ProcessEnv): never {
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  const native = (process as { execve?: ((file: string, args: readonly string[], env: object) => never) | undefined })
    .execve;
  if (native !== undefined) return native.call(process, file, args, Object.fromEntries(variables));
  const libc = koffi.load('libc.so.6');
  const fcntl = libc.func('int fcntl(int fd, int command, ...)');
  for (const stream of [0, 1, 2]) {
    const flags = fcntl(stream, F_GETFD, 'int', 0) as number;
    if (flags >= 0) fcntl(stream, F_SETFD, 'int', flags & ~FD_CLOEXEC);
  }
  const execve = libc.func('int execve(const char *file, const char **argv, const char **envp)');
  execve(file, [...args, null], [...variables.map(([name, value]) => `${name}=${value}`), null]);
  throw new Error(`execve of ${file} failed with error ${koffi.errno()}`);
}

/**
 * Ends this process at once (_exit(2)). Node's own end waits for libuv's threads, and so for a step of TensorFlow that
 * is under way, which can take minutes. Nothing is flushed.
 */
export function endProcess(code: number): void {
  koffi.load('libc.so.6').func('void _exit(int)')(code);
}
