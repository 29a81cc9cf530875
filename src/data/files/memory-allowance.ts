/** Memory that may be taken, as far as it is counted. */
export interface MemoryAllowance {
  readonly limitBytes: number;
  /** Counts bytes before they are taken; false where they would pass the limit, and then nothing is counted. */
  take(bytes: number): boolean;
  /** Counts bytes that are free again. */
  release(bytes: number): void;
}

/** An allowance of so many bytes. */
export function createAllowance(limitBytes: number): MemoryAllowance {
  let taken = 0;
  return {
    limitBytes,
    take(bytes) {
      // Sizes out of damaged files may be no numbers at all.
      if (!(bytes >= 0 && taken + bytes <= limitBytes)) return false;
      taken += bytes;
      return true;
    },
    release(bytes) {
      taken -= bytes;
    },
  };
}
