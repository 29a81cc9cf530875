import { closeSync, openSync, readSync } from 'node:fs';

/** The first bytes of a file on the disk. */
export function fileHead(path: string, bytes: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(bytes);
    return head.subarray(0, readSync(file, head, 0, bytes, 0));
  } finally {
    closeSync(file);
  }
}
