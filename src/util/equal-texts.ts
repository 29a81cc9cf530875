/** FNV-1a, 32 bits: the value for nothing, and how a unit goes into it. */
const [BASIS, PRIME] = [0x811c9dc5, 0x01000193];

/** FNV-1a over UTF-16. */
function hashText(text: string): number {
  let hash = BASIS;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  return hash;
}

/** FNV-1a over a part of bytes. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = BASIS;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), PRIME);
  return hash;
}

/**
 * Finds equal values among those of indices from 0 on: some ten bytes for each, where a set of millions of paths would
 * take a gigabyte.
 *
 * @param count values at most.
 * @param hashOf 32 bits of the value that is asked for.
 * @param isEqual whether that of another index is equal to it.
 * @returns a function that takes an index, and returns the first index with an equal value; its own, if new.
 */
export function findEqual(
  count: number,
  hashOf: (index: number) => number,
  isEqual: (other: number) => boolean,
): (index: number) => number {
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(1.5 * count + 2)));
  const hashes = new Uint32Array(count);
  return (index) => {
    const wide = hashOf(index);
    // Mixed so that all bits count for a place in the table.
    const hash = (wide ^ (wide >>> 15)) >>> 0;
    hashes[index] = hash;
    let slot = hash & (slots.length - 1);
    for (; slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1)) {
      const other = (slots[slot] as number) - 1;
      if (hashes[other] === hash && isEqual(other)) return other;
    }
    slots[slot] = index + 1;
    return index;
  };
}

/**
 * Finds equal texts, as `findEqual` does.
 *
 * @param textAt gives the text of an index again.
 */
export function findEqualTexts(count: number, textAt: (index: number) => string): (index: number) => number {
  let text = '';
  const hashOf = (index: number): number => {
    text = textAt(index);
    return hashText(text);
  };
  return findEqual(count, hashOf, (other) => textAt(other) === text);
}
