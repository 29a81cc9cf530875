import type { Random } from '../../src/util/rng.ts';

/** Damages the bytes of a file, which may be changed in place. */
export type ByteDamage = (bytes: Buffer, random: Random) => Buffer;

const block = (bytes: Buffer, random: Random, most: number): [start: number, end: number] => {
  const start = random.integer(Math.max(1, bytes.length));
  return [start, Math.min(bytes.length, start + 1 + random.integer(most))];
};

/** Sizes and counts that a file should not have. */
const ODD_NUMBERS = [0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 0x1000_0000, 0x0001_0000];

/** A whole number in place of another one in the text of a header or a list. */
const ODD_TEXT = ['0', '-1', '99999999999', '4294967296', '2147483647', '1e309', '00000000000', '1'.repeat(400), 'NaN'];

const onText = (bytes: Buffer, change: (text: string) => string): Buffer =>
  Buffer.from(change(bytes.toString('latin1')), 'latin1');

/** What happens to any file: by bits, by blocks, by lengths, by numbers in it. */
export const BYTE_DAMAGES: Readonly<Record<string, ByteDamage>> = {
  'bits flipped': (bytes, random) => {
    for (let flips = 1 + random.integer(4); flips > 0 && bytes.length > 0; flips--) {
      const at = random.integer(bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << random.integer(8));
    }
    return bytes;
  },
  'bits flipped at the end': (bytes, random) => {
    const within = Math.min(bytes.length, 700);
    for (let flips = 1 + random.integer(2); flips > 0 && within > 0; flips--) {
      const at = bytes.length - 1 - random.integer(within);
      bytes[at] = (bytes[at] as number) ^ (1 << random.integer(8));
    }
    return bytes;
  },
  'bits flipped at the beginning': (bytes, random) => {
    const within = Math.min(bytes.length, 200);
    for (let flips = 1 + random.integer(2); flips > 0 && within > 0; flips--) {
      const at = random.integer(within);
      bytes[at] = (bytes[at] as number) ^ (1 << random.integer(8));
    }
    return bytes;
  },
  'cut short': (bytes, random) => bytes.subarray(0, random.integer(bytes.length + 1)),
  'begins later': (bytes, random) => bytes.subarray(random.integer(Math.min(bytes.length, 64) + 1)),
  'a block of one value': (bytes, random) => {
    const [start, end] = block(bytes, random, 600);
    return bytes.fill([0, 0xff, 0x20, 0x80][random.integer(4)] as number, start, end);
  },
  'a block at random': (bytes, random) => {
    const [start, end] = block(bytes, random, 300);
    for (let i = start; i < end; i++) bytes[i] = random.integer(256);
    return bytes;
  },
  'a block from elsewhere': (bytes, random) => {
    const [start, end] = block(bytes, random, 600);
    bytes.copy(bytes, random.integer(Math.max(1, bytes.length)), start, end);
    return bytes;
  },
  'a block left out': (bytes, random) => {
    const [start, end] = block(bytes, random, 200);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  'a block repeated': (bytes, random) => {
    const [start, end] = block(bytes, random, 400);
    const times = 2 ** random.integer(12);
    const repeated = Array.from({ length: times }, () => bytes.subarray(start, end));
    return Buffer.concat([bytes.subarray(0, end), ...repeated, bytes.subarray(end)]);
  },
  'an odd number': (bytes, random) => {
    if (bytes.length < 8) return bytes;
    const value = ODD_NUMBERS[random.integer(ODD_NUMBERS.length)] as number;
    const at = random.integer(bytes.length - 7);
    if (random.integer(2)) bytes.writeUInt32LE(value, at);
    else bytes.writeUInt32BE(value, at);
    return bytes;
  },
  'an odd number in text': (bytes, random) =>
    onText(bytes, (text) => {
      const numbers = [...text.matchAll(/\d+/g)].slice(0, 4000);
      const found = numbers[random.integer(Math.max(1, numbers.length))];
      if (found === undefined) return text;
      const odd = ODD_TEXT[random.integer(ODD_TEXT.length)] as string;
      return text.slice(0, found.index) + odd + text.slice(found.index + found[0].length);
    }),
  'more behind': (bytes, random) =>
    Buffer.concat([bytes, Buffer.alloc(1 + random.integer(70_000), random.integer(256))]),
  nothing: () => Buffer.alloc(0),
};
