import { type Encoding, knownEncodings } from './encodings.ts';

/** What bytes that are no UTF-8 seem to be. */
export interface EncodingGuess {
  /** For people: what was got instead of UTF-8. */
  readonly got: string;
  /** What the bytes can be, the likeliest first; empty where no conversion helps. */
  readonly encodings: readonly PossibleEncoding[];
}

/** An encoding in which all of a text can be. */
export interface PossibleEncoding {
  /** The name for iconv. */
  readonly name: string;
  /** The name for people, where it is another. */
  readonly usual?: string | undefined;
  /** The first wrong line, decoded; undefined where that can't be shown. */
  readonly line?: string | undefined;
}

/** Bytes at the start that are looked at for the zeros of UTF-16. */
const HEAD = 2 ** 16;

/** Bytes of wrong lines by which encodings are compared. */
const COMPARED = 2 ** 14;

/** Encodings that are offered at most. */
const MOST = 5;

/** How much likelier, as a natural logarithm, an encoding must be than Windows-1252 to come before it. */
const CLEAR = 3;

/** Natural logarithms: of a character of ASCII, a rare letter, two kinds of signs, and of what is odd inside a word. */
const [ASCII, RARE, USUAL_SIGN, SIGN, ODD] = [Math.log(1 / 40), -12, -6, -10, -3];

const USUAL_SIGNS = new Set('“”„‘’‚–—…«»€°·、。，：；（）！？「」・　');

const isLetter = (character: string): boolean => /\p{L}/u.test(character);

/**
 * How likely a text is in an encoding, as a natural logarithm. Capitals seldom follow small letters; other letters than
 * those of ASCII stand alone in words of Latin letters, and among their own in words of others.
 */
function likelihood(text: string, { parts, isLatin }: Encoding): number {
  let [sum, before] = [0, ''];
  for (const character of text) {
    const isAscii = character < '\x80';
    const part = isAscii ? undefined : parts.find(([, characters]) => characters.has(character));
    if (part !== undefined) sum += Math.log(part[0] / part[1].size);
    else sum += isAscii ? ASCII : isLetter(character) ? RARE : USUAL_SIGNS.has(character) ? USUAL_SIGN : SIGN;
    if (isLetter(before) && isLetter(character)) {
      const areAlike = isAscii === before < '\x80';
      if (isLatin ? areAlike && !isAscii : !areAlike) sum += ODD;
      if (/\p{Ll}/u.test(before) && /\p{Lu}/u.test(character)) sum += ODD;
    }
    before = character;
  }
  return sum;
}

/** The share of zeros among the bytes at even or at odd places. */
function zeroShare(bytes: Uint8Array, first: 0 | 1): number {
  let [zeros, count] = [0, 0];
  for (let i = first; i < bytes.length; i += 2, count++) if (bytes[i] === 0) zeros++;
  return count === 0 ? 0 : zeros / count;
}

/** An encoding, and how likely it is. */
interface Candidate {
  readonly encoding: Encoding;
  readonly text: string;
  readonly score: number;
}

/** The characters of Windows-1252 from byte 0x80 on, where Latin-1 has control characters. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

function decode(bytes: Uint8Array, decoder: string): string | undefined {
  if (decoder === 'windows-1252') {
    // Node 20's TextDecoder takes it for Latin-1.
    const text = Buffer.from(bytes).toString('latin1');
    return text.replace(/[\x80-\x9f]/g, (byte) => WINDOWS_1252[byte.charCodeAt(0) - 0x80] as string);
  }
  try {
    return new TextDecoder(decoder, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The encodings in which all lines are text, the likeliest first; iconv takes no control characters for text. */
function candidatesFor(lines: readonly Uint8Array[]): Candidate[] {
  const all = Buffer.concat(lines);
  let [some, length] = [[] as Uint8Array[], 0];
  for (const line of lines) if (length < COMPARED) [some, length] = [[...some, line], length + line.length];
  const compared = Buffer.concat(some);
  return knownEncodings()
    .flatMap((encoding): Candidate[] => {
      const text = decode(all, encoding.decoder);
      // What has no meaning in a Windows encoding is decoded as a control character.
      if (text === undefined || /[\x80-\x9f\ue000-\uf8ff]/.test(text)) return [];
      return [{ encoding, text, score: likelihood(decode(compared, encoding.decoder) as string, encoding) }];
    })
    .sort((a, b) => b.score - a.score);
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
    const got = 'UTF-16 without a byte order mark';
    if (odd > 0.3 && even < 0.1) return { got, encodings: [{ name: 'UTF-16LE' }] };
    if (even > 0.3 && odd < 0.1) return { got, encodings: [{ name: 'UTF-16BE' }] };
    return { got: 'zero bytes: it is no text, or damaged', encodings: [] };
  }
  const candidates = candidatesFor(bad);
  const western = candidates.find(({ encoding }) => encoding.name === 'WINDOWS-1252');
  const first =
    candidates[0]?.encoding.isLatin && western !== undefined && western.score > candidates[0].score - CLEAR
      ? western
      : candidates[0];
  const isLatin = first?.encoding.isLatin === true;
  if (isLatin ? good > 0 : good > bad.length) {
    return { got: 'bytes of another encoding among lines of UTF-8', encodings: [] };
  }
  if (first === undefined) return { got: 'bytes of no encoding that is known', encodings: [] };
  // Of Latin texts those are offered that read otherwise and are about as likely.
  const isOther = ({ encoding, text, score }: Candidate): boolean =>
    encoding !== first.encoding && (!isLatin || (text !== first.text && score > first.score - CLEAR));
  const others = candidates.filter(isOther);
  const isClear = isLatin && (first === western || others.length === 0);
  const encodings = [first, ...others].slice(0, MOST).map(({ encoding }) => ({
    name: encoding.name,
    usual: encoding.usual,
    line: decode(bad[0] as Uint8Array, encoding.decoder)?.trim(),
  }));
  const usual =
    first.encoding.usual ?? first.encoding.name.replace(/^WINDOWS/, 'Windows').replace(/^MAC.*/, 'Macintosh');
  const got = isClear ? `another encoding, most likely ${usual}` : 'another encoding, which its bytes do not tell';
  return { got, encodings };
}
