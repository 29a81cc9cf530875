/** Collects whole numbers below 2^32 in four bytes each. */
export function createNumberPacker(): { add(value: number): void; length(): number; done(): Uint32Array } {
  let values = new Uint32Array(1024);
  let length = 0;
  return {
    add(value) {
      if (length === values.length) {
        const larger = new Uint32Array(2 * length);
        larger.set(values);
        values = larger;
      }
      values[length++] = value;
    },
    length: () => length,
    done: () => values.slice(0, length),
  };
}

/** Different texts of a column up to which they are shared. */
const MOST_SHARED = 2 ** 17;

/** Gives equal texts of a column as one, of which there may be millions, while there are few different ones. */
export function shareTexts(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const same = known.get(text);
    if (same !== undefined) return same;
    // A part of a line would keep the whole piece of the file.
    const own = Buffer.from(text).toString();
    if (known.size < MOST_SHARED) known.set(own, own);
    return own;
  };
}
