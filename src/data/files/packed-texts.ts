/** Bytes of each block of texts. */
const BLOCK = 2 ** 22;

/** Texts one behind the other in few arrays: millions of strings would take several times their characters. */
export interface PackedTexts {
  readonly length: number;
  at(index: number): string;
}

/** An array of texts as packed ones are read. */
export const textsIn = (texts: readonly string[]): PackedTexts => ({
  length: texts.length,
  at: (index) => texts[index] as string,
});

/** Some of the texts. */
export const textsAt = (texts: PackedTexts, indices: ArrayLike<number>): PackedTexts => ({
  length: indices.length,
  at: (index) => texts.at(indices[index] as number),
});

/** The texts one after the other. */
export function* eachText({ length, at }: PackedTexts): Generator<string> {
  for (let i = 0; i < length; i++) yield at(i);
}

/** Collects texts. */
export function createTextPacker(): { add(text: string): void; done(): PackedTexts } {
  const blocks: Buffer[] = [];
  let ends = new Uint32Array(1024);
  let first = new Uint32Array(16);
  let [length, at] = [0, 0];
  const grown = (values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> => {
    const larger = new Uint32Array(values.length * 2);
    larger.set(values);
    return larger;
  };
  return {
    add(text) {
      const most = 3 * text.length;
      if (blocks.length === 0 || at + most > (blocks.at(-1) as Buffer).length) {
        if (blocks.length === first.length) first = grown(first);
        first[blocks.length] = length;
        blocks.push(Buffer.allocUnsafeSlow(Math.max(BLOCK, most)));
        at = 0;
      }
      at += (blocks.at(-1) as Buffer).write(text, at);
      if (length === ends.length) ends = grown(ends);
      ends[length++] = at;
    },
    done() {
      const count = blocks.length;
      const blockOf = (index: number): number => {
        let [low, high] = [0, count - 1];
        while (low < high) {
          const middle = (low + high + 1) >> 1;
          if ((first[middle] as number) <= index) low = middle;
          else high = middle - 1;
        }
        return low;
      };
      let last = 0;
      return {
        length,
        at(index) {
          // Most are asked for in order.
          const isNear = (first[last] as number) <= index && (last + 1 >= count || index < (first[last + 1] as number));
          if (!isNear) last = blockOf(index);
          const start = index === first[last] ? 0 : (ends[index - 1] as number);
          return (blocks[last] as Buffer).toString('utf8', start, ends[index]);
        },
      };
    },
  };
}
