import type { Bytes } from './bytes.ts';

const BLOCK = 4 * 2 ** 20;

/** Whether two files hold the same bytes; files of unequal size are told apart without reading. */
export async function isSameBytes(a: Bytes, b: Bytes): Promise<boolean> {
  if (a.size !== b.size) return false;
  for (let offset = 0; offset < a.size; offset += BLOCK) {
    const [left, right] = await Promise.all([a.readAt(offset, BLOCK), b.readAt(offset, BLOCK)]);
    if (Buffer.compare(left, right) !== 0) return false;
  }
  return true;
}
