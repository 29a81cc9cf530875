import { close, url } from 'node:inspector';

/** Whether the user asked Node for its debugger. */
function isWanted(): boolean {
  return [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].some((text) => text.includes('--inspect'));
}

function closeUnwanted(): void {
  if (url() === undefined || isWanted()) return;
  close();
  // It was opened by the signal, which came before anyone could hear of it.
  process.kill(process.pid, 'SIGUSR1');
}

/**
 * Takes SIGUSR1 from Node's debugger, which it would open: a port by which every user of the machine runs code in this
 * process. From here on the signal ends the process, until a program listens for it.
 *
 * Call it first of all. Node 20 opens the debugger at a signal while it starts itself, and it is closed here; later
 * versions do not when they are told so ({@link relaunchFlags}).
 */
export function closeDebugger(): void {
  const ignore = (): void => {};
  process.on('SIGUSR1', ignore).off('SIGUSR1', ignore);
  closeUnwanted();
  // What was asked for while Node started is done when its loop first turns.
  setImmediate(closeUnwanted);
}

const NEVER = '--disable-sigusr1';

/** What keeps Node's debugger closed to signals from the start of another process; nothing before Node 22.14. */
export function relaunchFlags(): string[] {
  return process.allowedNodeEnvironmentFlags.has(NEVER) && !process.execArgv.includes(NEVER) && !isWanted()
    ? [NEVER]
    : [];
}
