/** One thing that `cl-doctor` looked at. */
export interface Finding {
  readonly name: string;
  /** `broken`: training cannot run. `warning`: it runs, but slower or without the GPU. */
  readonly status: 'ok' | 'warning' | 'broken';
  /** What was found. */
  readonly found: string;
  /** How to mend it. */
  readonly hint?: string | undefined;
}

/** A finding that needs nothing done. */
export function fine(name: string, found: string): Finding {
  return { name, status: 'ok', found };
}
