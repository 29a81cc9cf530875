import { type ChildProcess, spawn } from 'node:child_process';

/** How a command ended: by itself with a code, or killed. */
export interface Ended {
  /** null where it was killed. */
  readonly code: number | null;
  readonly stderr: string;
}

/** A command that runs in a process of its own, with what it has said so far. */
export interface Running {
  readonly pid: number;
  stderr(): string;
  /** Hears of every piece of standard error. */
  onOutput(listener: (stderr: string) => void): void;
  /** Ends it at once, as a reboot would. */
  kill(): void;
  readonly ended: Promise<Ended>;
}

/** Starts a program of Node; its standard output is dropped. */
export function startNode(command: readonly string[], cwd: string): Running {
  const child: ChildProcess = spawn(process.execPath, command, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  const listeners: ((stderr: string) => void)[] = [];
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    for (const listener of listeners) listener(text);
  });
  return {
    pid: child.pid ?? 0,
    stderr: () => text,
    onOutput: (listener) => void listeners.push(listener),
    kill: () => void child.kill('SIGKILL'),
    ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, stderr: text }))),
  };
}

/** When a command is killed: so many milliseconds after its start, or after it first said something. */
export interface KillMoment {
  readonly after?: string | undefined;
  readonly milliseconds: number;
}

/** Starts a program of Node and kills it at a moment, unless it ends before. */
export async function startAndKill(
  command: readonly string[],
  cwd: string,
  { after, milliseconds }: KillMoment,
): Promise<Ended> {
  const running = startNode(command, cwd);
  let timer: NodeJS.Timeout | undefined;
  const arm = (): void => {
    timer ??= setTimeout(running.kill, milliseconds);
  };
  if (after === undefined) arm();
  else running.onOutput((text) => text.includes(after) && arm());
  const ended = await running.ended;
  clearTimeout(timer);
  return ended;
}
