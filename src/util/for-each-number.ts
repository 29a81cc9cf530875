/**
 * Runs a task for each number from `from` to before `to`, in order, so many at the same time. After the first failure
 * the rest are not begun; it is thrown when those on the way have ended.
 *
 * @throws what a task threw first; the signal's reason when it is aborted.
 */
export async function forEachNumber(
  from: number,
  to: number,
  concurrency: number,
  signal: AbortSignal | undefined,
  task: (number: number) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  let next = from;
  const work = async (): Promise<void> => {
    while (next < to && failures.length === 0) {
      try {
        signal?.throwIfAborted();
        await task(next++);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, to - from) }, work));
  if (failures.length > 0) throw failures[0];
}
