/** What ends a computation early, such as an `AbortSignal`, whose type would need that of Node or of a browser. */
export interface StopSignal {
  /** @throws the reason, once the computation should end. */
  throwIfAborted(): void;
}
