/** Bytes of a header; content begins and ends at multiples of it. */
export const BLOCK = 512;

/** Keeps a byte order mark, so that names that differ by one stay different. */
export const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** What stands in a field up to its first zero. */
export function readField(block: Uint8Array, start: number, length: number): Uint8Array {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return end === -1 ? field : field.subarray(0, end);
}

const readText = (block: Uint8Array, start: number, length: number): string =>
  utf8.decode(readField(block, start, length));

/** Octal digits, or GNU's base 256 for numbers that don't fit them. */
export function readNumber(block: Uint8Array, start: number, length: number): number {
  const field = block.subarray(start, start + length);
  if (((field[0] as number) & 0x80) !== 0) {
    return field.reduce((value, byte, i) => value * 256 + (i === 0 ? byte & 0x7f : byte), 0);
  }
  const digits = readText(block, start, length).trim();
  return digits === '' ? 0 : /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

function hasRightChecksum(block: Uint8Array): boolean {
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += block[i] as number;
  return sum === readNumber(block, 148, 8);
}

/** Whether a block of 512 bytes is a tar header. */
export function isTarHeader(block: Uint8Array): boolean {
  return block.length === BLOCK && block.some((byte) => byte !== 0) && hasRightChecksum(block);
}

/** Only links' and folders' sizes are ever wrong: some writers put the target's there, without its content. */
export const storedBytes = (type: string, size: number): number => ('123456'.includes(type) ? 0 : size);

/** The type and the bytes of content that a header of 512 bytes tells; undefined for what is none. */
export function readTarHeader(block: Uint8Array): { type: string; stored: number } | undefined {
  if (!isTarHeader(block)) return undefined;
  const type = String.fromCharCode(block[156] as number);
  return { type, stored: storedBytes(type, readNumber(block, 124, 12)) };
}

/** The bytes of the name in a header. */
export function nameOf(block: Uint8Array): Uint8Array {
  const name = readField(block, 0, 100);
  const isPosix = readText(block, 257, 6) === 'ustar' && block[262] === 0;
  const prefix = isPosix ? readField(block, 345, 155) : name.subarray(0, 0);
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]);
}
