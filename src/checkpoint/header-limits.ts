/**
 * Bounds of a header, far beyond what tools write: reading one takes tens of megabytes and a part of a second at most,
 * and what messages repeat of it is short.
 */
export const HEADER_LIMITS = {
  /** The reference implementation takes 100 MB. Metadata of trainers reach a few megabytes. */
  bytes: 16 * 2 ** 20,
  /** Files of the largest models, which come in many, have a few thousand. */
  tensors: 30_000,
  metadata: 10_000,
  /** Of the name of a tensor or an entry of the metadata. */
  nameCharacters: 1000,
  /** Of type, shape and place of a tensor. */
  entryCharacters: 4000,
  /** NumPy has as many at most. */
  dimensions: 64,
} as const;
