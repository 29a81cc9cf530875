/** FNV-1a over UTF-16, 32 bits, mixed so that all bits count for a place in a table. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/**
 * Finds equal texts among those of indices from 0 on: sixteen bytes for each, where a set of millions of paths would
 * take a gigabyte.
 *
 * @param count texts at most.
 * @param textAt gives the text of an index again.
 * @returns a function that takes the text of an index, and returns the first index with an equal text; its own, if new.
 */
export function findEqualTexts(count: number, textAt: (index: number) => string): (index: number) => number {
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * count + 2)));
  const hashes = new Uint32Array(count);
  return (index) => {
    const text = textAt(index);
    const hash = hashText(text);
    hashes[index] = hash;
    let slot = hash & (slots.length - 1);
    for (; slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1)) {
      const other = (slots[slot] as number) - 1;
      if (hashes[other] === hash && textAt(other) === text) return other;
    }
    slots[slot] = index + 1;
    return index;
  };
}
