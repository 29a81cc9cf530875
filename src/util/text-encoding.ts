/** What bytes that are no UTF-8 seem to be. */
export interface EncodingGuess {
  /** For people: what was got instead of UTF-8. */
  readonly got: string;
  /** Names that iconv knows, the likeliest first; empty where no conversion helps. */
  readonly encodings: readonly string[];
}

/** Bytes at the start that are looked at for the zeros of UTF-16. */
const HEAD = 2 ** 16;

/** Letters of Windows-1252 among its bytes from 0x80 to 0x9f; those from 0xc0 on are letters too. */
const LOW_LETTERS: ReadonlySet<number> = new Set([0x8a, 0x8c, 0x8e, 0x9a, 0x9c, 0x9e, 0x9f]);

const isAsciiLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;

/** The share of zeros among the bytes at even or at odd places. */
function zeroShare(bytes: Uint8Array, first: 0 | 1): number {
  let [zeros, count] = [0, 0];
  for (let i = first; i < bytes.length; i += 2, count++) if (bytes[i] === 0) zeros++;
  return count === 0 ? 0 : zeros / count;
}

/** Whether high bytes are mostly one or two letters of Windows-1252, often in words of ASCII letters. */
function looksWestern(bytes: Uint8Array): boolean {
  let [runs, letters, inWords] = [0, 0, 0];
  for (let i = 0; i < bytes.length; i++) {
    if ((bytes[i] as number) < 0x80) continue;
    const start = i;
    while ((bytes[i + 1] ?? 0) >= 0x80) i++;
    const run = bytes.subarray(start, i + 1);
    const isInWord = isAsciiLetter(bytes[start - 1] ?? 0) || isAsciiLetter(bytes[i + 1] ?? 0);
    const isLetters = run.length <= 2 && run.every((byte) => byte >= 0xc0 || LOW_LETTERS.has(byte));
    runs++;
    if (isLetters) letters++;
    if (isLetters && isInWord) inWords++;
  }
  return letters >= 0.8 * runs && inWords >= 0.4 * runs;
}

/**
 * What text seems to be encoded in that is not UTF-8.
 *
 * @param bad its lines that are no UTF-8.
 * @param good how many other lines are UTF-8 beyond ASCII, so that one conversion does not fit all. By chance, a few
 * words of other scripts are.
 */
export function guessEncoding(bytes: Uint8Array, bad: readonly Uint8Array[], good: number): EncodingGuess {
  const head = bytes.subarray(0, HEAD);
  const [even, odd] = [zeroShare(head, 0), zeroShare(head, 1)];
  if (even + odd > 0 || bytes.includes(0)) {
    if (odd > 0.3 && even < 0.1) return { got: 'UTF-16 without a byte order mark', encodings: ['UTF-16LE'] };
    if (even > 0.3 && odd < 0.1) return { got: 'UTF-16 without a byte order mark', encodings: ['UTF-16BE'] };
    return { got: 'zero bytes: it is no text, or damaged', encodings: [] };
  }
  const isWestern = looksWestern(Buffer.concat(bad));
  if (isWestern ? good > 0 : good > bad.length) {
    return { got: 'bytes of another encoding among lines of UTF-8', encodings: [] };
  }
  if (isWestern) return { got: 'another encoding, most likely Windows-1252', encodings: ['WINDOWS-1252'] };
  const others = ['GB18030', 'SHIFT_JIS', 'EUC-KR', 'WINDOWS-1251', 'WINDOWS-1252'];
  return { got: 'another encoding, which its bytes do not tell', encodings: others };
}
