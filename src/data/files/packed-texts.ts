import { findEqual, hashBytes } from '../../util/equal-texts.ts';
import { createNumberPacker, type Numbers } from '../../util/packed-numbers.ts';

/** Bytes of each block of texts. */
const BLOCK = 2 ** 22;

/** Texts that are asked for one by one. */
export interface Texts {
  readonly length: number;
  at(index: number): string;
}

/** Texts one behind the other in few arrays: millions of strings would take several times their characters. */
export interface PackedTexts extends Texts {
  /** Looks at the bytes of a text in UTF-8, from `start` to before `end` of a block: nothing is copied. */
  look<Found>(index: number, see: (block: Uint8Array, start: number, end: number) => Found): Found;
}

/** The texts one after the other. */
export function* eachText({ length, at }: Texts): Generator<string> {
  for (let i = 0; i < length; i++) yield at(i);
}

/** Whether something holds for all texts. */
export function everyText(texts: Texts, holds: (text: string) => boolean): boolean {
  for (const text of eachText(texts)) if (!holds(text)) return false;
  return true;
}

/** Texts as they are changed one by one. */
export const mapTexts = ({ length, at }: Texts, change: (text: string) => string): Texts => ({
  length,
  at: (index) => change(at(index)),
});

/** Packs texts of an array. */
export function packTexts(texts: Iterable<string>): PackedTexts {
  const packer = createTextPacker();
  for (const text of texts) packer.add(text);
  return packer.done();
}

/** Some of the texts, packed anew. */
export function textsAt({ at }: Texts, indices: Numbers): PackedTexts {
  const packer = createTextPacker();
  for (let i = 0; i < indices.length; i++) packer.add(at(indices.at(i)));
  return packer.done();
}

/** Collects texts. */
export function createTextPacker(): { add(text: string): void; done(): PackedTexts } {
  const blocks: Buffer[] = [];
  /** The first text of each block. */
  const firsts: number[] = [];
  const ends = createNumberPacker();
  let [block, at, length] = [Buffer.alloc(0), 0, 0];
  return {
    add(text) {
      const most = 3 * text.length;
      if (blocks.length === 0 || at + most > block.length) {
        firsts.push(length);
        // Few texts take little.
        block = Buffer.allocUnsafeSlow(Math.max(Math.min(BLOCK, 2 ** 12 * 4 ** blocks.length), most));
        blocks.push(block);
        at = 0;
      }
      at += block.write(text, at);
      ends.add(at);
      length++;
    },
    done() {
      const endOf = ends.done();
      const count = blocks.length;
      const blockOf = (index: number): number => {
        let [low, high] = [0, count - 1];
        while (low < high) {
          const middle = (low + high + 1) >> 1;
          if ((firsts[middle] as number) <= index) low = middle;
          else high = middle - 1;
        }
        return low;
      };
      let last = 0;
      const look: PackedTexts['look'] = (index, see) => {
        // Most are asked for in order.
        const isNear = (firsts[last] as number) <= index && (last + 1 >= count || index < (firsts[last + 1] as number));
        if (!isNear) last = blockOf(index);
        const start = index === firsts[last] ? 0 : endOf.at(index - 1);
        return see(blocks[last] as Buffer, start, endOf.at(index));
      };
      const decode = (bytes: Uint8Array, start: number, end: number): string =>
        (bytes as Buffer).toString('utf8', start, end);
      return { length, look, at: (index) => look(index, decode) };
    },
  };
}

/** Finds equal texts by their bytes, as `findEqual` does. */
export function findEqualPacked({ length, look }: PackedTexts): (index: number) => number {
  let [block, start, end]: [Uint8Array, number, number] = [new Uint8Array(0), 0, 0];
  const hash = (bytes: Uint8Array, from: number, to: number): number => {
    [block, start, end] = [bytes, from, to];
    return hashBytes(bytes, from, to);
  };
  const isSame = (bytes: Uint8Array, from: number, to: number): boolean => {
    if (to - from !== end - start) return false;
    for (let i = from, j = start; i < to; i++, j++) if (bytes[i] !== block[j]) return false;
    return true;
  };
  return findEqual(
    length,
    (index) => look(index, hash),
    (other) => look(other, isSame),
  );
}
