/**
 * Says once when standard error can no longer be written, as on a full disk or after its terminal has closed.
 *
 * @returns what ends the watch.
 */
export function watchStandardError(onLost: (message: string) => void): () => void {
  const listener = ({ message }: Error): void =>
    onLost(`standard error can no longer be written (${message}); the run goes on, and tells of itself in log.jsonl`);
  process.stderr.once('error', listener);
  return () => void process.stderr.off('error', listener);
}
