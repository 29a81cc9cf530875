/** NumPy pads headers so that values begin at a multiple of so many bytes. */
const ALIGNMENT = 64;

/**
 * The header of a .npy file, version 1.0, of an array in C order.
 *
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @param type NumPy's type string: `<f4`, `<i8`, `<U12`.
 */
export function npyHeader(type: string, shape: readonly number[]): Uint8Array {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sides}), }`;
  const begin = 10;
  const length = Math.ceil((begin + text.length + 1) / ALIGNMENT) * ALIGNMENT - begin;
  const header = Buffer.alloc(begin + length, ' ');
  header.write('\x93NUMPY\x01\x00', 0, 'latin1');
  header.writeUInt16LE(length, 8);
  header.write(text, begin, 'latin1');
  header.write('\n', header.length - 1, 'latin1');
  return header;
}

/** Texts as NumPy's fixed-width unicode: their type string, and the bytes of `width` code points each, UTF-32. */
export function unicodeType(width: number): string {
  return `<U${width}`;
}

/** Code points of a text. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Texts in {@link unicodeType}, shorter ones filled up with zeros: bytes [texts, 4 width]. */
export function encodeUnicode(texts: readonly string[], width: number): Uint8Array {
  const out = new Uint32Array(texts.length * width);
  for (const [row, text] of texts.entries()) {
    let at = row * width;
    for (const character of text) out[at++] = character.codePointAt(0) as number;
  }
  return new Uint8Array(out.buffer);
}
