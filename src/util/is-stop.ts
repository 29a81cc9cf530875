/** Whether an error is only what an abort was bound to raise; what failed meanwhile, such as a full disk, is not. */
export function isStop(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}
