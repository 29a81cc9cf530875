/** Letters of Western languages in the encodings of DOS (cp437 and cp850 alike, and Ø of cp850): ä 0x84, ß 0xE1. */
const isWesternLetter = (byte: number): boolean =>
  (byte >= 0x80 && byte <= 0x9b) || byte === 0x9d || (byte >= 0xa0 && byte <= 0xa5) || byte === 0xe1;

const isAsciiLetter = (byte: number): boolean => /[a-z]/i.test(String.fromCharCode(byte));

/** Second bytes of letters in Shift-JIS, and signs in ASCII that hardly follow a letter in a name. */
const isOddSign = (byte: number): boolean => '@[\\]^`{|}~'.includes(String.fromCharCode(byte));

/**
 * The encoding that names of a zip archive most likely have which are not UTF-8, for a command: `cp850` (Western)
 * where single letters of Western languages stand among others, as in `k\x84tzchen`, or else `cp932` (Japanese).
 *
 * @param names the bytes of the paths.
 */
export function likelyEncoding(names: readonly Uint8Array[]): 'cp850' | 'cp932' {
  let [high, letters] = [0, 0];
  for (const name of names) {
    // The bytes of a part stand for themselves as Latin-1.
    for (const part of Buffer.from(name).toString('latin1').split('/')) {
      const bytes = Buffer.from(part.replace(/\.\w+$/, ''), 'latin1');
      const highs = bytes.filter((byte) => byte >= 0x80);
      if (highs.length === 0) continue;
      const isBroken = bytes.some((byte, i) => byte >= 0x80 && isOddSign(bytes[i + 1] ?? 0));
      if (isBroken || !highs.every(isWesternLetter)) return 'cp932';
      high += highs.length;
      letters += bytes.filter(isAsciiLetter).length;
    }
  }
  return high > 0 && 2 * high <= letters ? 'cp850' : 'cp932';
}
