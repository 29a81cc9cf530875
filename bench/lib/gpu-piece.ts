/** The parts of the bench, in the order in which they run. */
export const PARTS = ['checks', 'step', 'peer', 'vary', 'data', 'methods'] as const;
export type PartName = (typeof PARTS)[number];

/** What pieces run in. */
export interface GpuContext {
  readonly rehearses: boolean;
  /** A Python with PyTorch, which computes on the same device; undefined: PyTorch's pieces are left out. */
  readonly python: string | undefined;
  /** Photographs that the user gives: a folder or an archive; undefined: some are drawn. */
  readonly photographs: string | undefined;
  /** Where the packed photographs are kept for the next call. */
  readonly folder: string;
}

/** A piece of the bench: one or a few processes, within some minutes. */
export interface GpuPiece {
  readonly key: string;
  readonly part: PartName;
  /** Measures; throws an Error that says why it can't. */
  readonly run: (limitMs: number) => Promise<object>;
}
