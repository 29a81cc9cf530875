/**
 * The values of a generator, each of which is made while the consumer works on the one before.
 *
 * When the consumer stops early, what is on the way is waited for, so that nothing runs on behind. Errors come in their
 * turn.
 */
export async function* readAhead<T>(values: AsyncGenerator<T>): AsyncGenerator<T, void, undefined> {
  const begin = (): Promise<IteratorResult<T>> => {
    const next = values.next();
    // Until its turn comes a failure must not count as unhandled.
    next.catch(() => {});
    return next;
  };
  let pending = begin();
  try {
    for (;;) {
      const result = await pending;
      if (result.done) return;
      pending = begin();
      yield result.value;
    }
  } finally {
    await values.return(undefined);
  }
}
