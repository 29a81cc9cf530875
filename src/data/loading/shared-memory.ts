/** Bytes that threads share, lent and given back. */
export interface SharedMemory {
  /** So many bytes, whatever they hold. */
  take(bytes: number): Uint8Array;
  /** Takes bytes back for later; those of other memory are ignored. */
  giveBack(bytes: Uint8Array): void;
}

/**
 * Shared memory that is used again and again.
 *
 * Memory that has been sent to a thread is freed only when the garbage of that thread is collected too, which an idle
 * heap can put off for as long as a run lasts.
 */
export function createSharedMemory(): SharedMemory {
  const free: SharedArrayBuffer[] = [];
  return {
    take(bytes: number): Uint8Array {
      const at = free.findIndex(({ byteLength }) => byteLength === bytes);
      const [buffer = new SharedArrayBuffer(bytes)] = at === -1 ? [] : free.splice(at, 1);
      return new Uint8Array(buffer);
    },
    giveBack({ buffer }: Uint8Array): void {
      if (buffer instanceof SharedArrayBuffer && !free.includes(buffer)) free.push(buffer);
    },
  };
}
