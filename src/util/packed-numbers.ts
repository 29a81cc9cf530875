/** Whole numbers that are asked for one by one. */
export interface Numbers {
  readonly length: number;
  at(index: number): number;
}

/** The logarithm of how many numbers a block holds: growing copies nothing, and few places stay empty. */
const BITS = 14;

/** The numbers from 0 to before `length`. */
export const countingTo = (length: number): Numbers => ({ length, at: (index) => index });

/** Some of the numbers, by their indices. */
export const numbersAt = (numbers: Numbers, indices: Numbers): Numbers => ({
  length: indices.length,
  at: (index) => numbers.at(indices.at(index)),
});

/** Collects whole numbers below 2^32 in four bytes each. */
export function createNumberPacker(): { add(value: number): void; done(): Numbers } {
  const blocks: Uint32Array[] = [];
  let length = 0;
  return {
    add(value) {
      const place = length & (2 ** BITS - 1);
      if (place === 0) blocks.push(new Uint32Array(2 ** BITS));
      (blocks[length >>> BITS] as Uint32Array)[place] = value;
      length++;
    },
    done: () => ({
      length,
      at: (index) => (blocks[index >>> BITS] as Uint32Array)[index & (2 ** BITS - 1)] as number,
    }),
  };
}

/**
 * Collects numbers that mostly go up by one, such as those of lines: only where they do not is something kept, so that
 * millions of them take no memory.
 */
export function createCountPacker(): { add(value: number): void; done(): Numbers } {
  const [starts, firsts] = [createNumberPacker(), createNumberPacker()];
  let length = 0;
  let expected = -1;
  return {
    add(value) {
      if (value !== expected) {
        starts.add(length);
        firsts.add(value);
      }
      expected = value + 1;
      length++;
    },
    done() {
      const [from, values] = [starts.done(), firsts.done()];
      return {
        length,
        at(index) {
          let [low, high] = [0, from.length - 1];
          while (low < high) {
            const middle = (low + high + 1) >>> 1;
            if (from.at(middle) <= index) low = middle;
            else high = middle - 1;
          }
          return values.at(low) + index - from.at(low);
        },
      };
    },
  };
}
