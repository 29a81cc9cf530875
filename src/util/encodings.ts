/** An encoding of text that is not UTF-8. */
export interface Encoding {
  /** The name for iconv. */
  readonly name: string;
  /** The name for people, where it is another. */
  readonly usual?: string | undefined;
  /** The name for `TextDecoder`. */
  readonly decoder: string;
  /** Whether its texts are words of Latin letters with some others in between. */
  readonly isLatin: boolean;
  /** The characters that texts in it are made of, by how large a part of a text they are. */
  readonly parts: readonly (readonly [share: number, characters: ReadonlySet<string>])[];
}

/** Characters whose two bytes begin with one from `first` to `last`: how East Asian encodings sort by how common. */
function charactersOf(decoder: string, first: number, last: number, from: number): ReadonlySet<string> {
  const bytes: number[] = [];
  for (let lead = first; lead <= last; lead++) for (let trail = from; trail < 0xff; trail++) bytes.push(lead, trail);
  return new Set(new TextDecoder(decoder).decode(Uint8Array.from(bytes)).replaceAll('\ufffd', ''));
}

const lettersOf = (from: string, to: string): string =>
  Array.from({ length: (to.codePointAt(0) as number) - (from.codePointAt(0) as number) + 1 }, (_, i) =>
    String.fromCodePoint((from.codePointAt(0) as number) + i),
  ).join('');

/** Letters that are mostly small, rarer ones less often. */
function alphabet(name: string, letters: string, isLatin: boolean, decoder = name.toLowerCase()): Encoding {
  const small = new Set(letters);
  const large = new Set(letters.toUpperCase());
  return {
    name,
    decoder,
    isLatin,
    parts: [
      [0.85, small],
      [0.14, large],
    ],
  };
}

/** Some of the commonest syllables of Korean. */
const SYLLABLES =
  '이다는의가에고하을지로서한은사기그도나아리해시인자보과대들어정만있일제수를으라부연선주전상장구세조여' +
  '계유성동원안공신문분경소국회학방오관미면화무모차마비행강양개새물말호토끼닭돼소람늑곰말뱀거북꽃집책상';

const WESTERN = 'àáâäåæãçèéêëìíîïñòóôöõøœùúûüßÿ';
const CYRILLIC = `${lettersOf('а', 'я')}ёіїєґ`;

/**
 * The encodings that are told apart; of those that fit equally the first counts.
 *
 * CP932 is Shift-JIS as Windows writes it: iconv's SHIFT_JIS makes a yen sign of each backslash.
 */
export function knownEncodings(): readonly Encoding[] {
  const kana = new Set(`${lettersOf('ぁ', 'ヶ')}ー`);
  const kanji = charactersOf('euc-jp', 0xb0, 0xcf, 0xa1);
  const japanese = [
    [0.5, kana],
    [0.5, kanji],
  ] as const;
  const korean = [
    [0.8, new Set(SYLLABLES)],
    [0.2, new Set(lettersOf('가', '힣'))],
  ] as const;
  return [
    alphabet('WINDOWS-1252', WESTERN, true),
    alphabet('MACINTOSH', WESTERN, true),
    alphabet('WINDOWS-1250', 'áâäăąćçčďđéëęěíîĺľłńňóôöőŕřśşšťţúůüűýźżžß', true),
    alphabet('WINDOWS-1254', 'çğıİöşüâîû', true),
    alphabet('WINDOWS-1257', 'āąčēęėģīįķļņšūųžäöüõ', true),
    alphabet('WINDOWS-1251', CYRILLIC, false),
    alphabet('KOI8-R', CYRILLIC, false),
    alphabet('WINDOWS-1253', `${lettersOf('α', 'ω')}άέήίόύώ`, false),
    { name: 'GB18030', decoder: 'gb18030', isLatin: false, parts: [[1, charactersOf('gb18030', 0xb0, 0xd7, 0xa1)]] },
    { name: 'CP932', usual: 'Shift-JIS', decoder: 'shift_jis', isLatin: false, parts: japanese },
    { name: 'EUC-JP', decoder: 'euc-jp', isLatin: false, parts: japanese },
    { name: 'EUC-KR', decoder: 'euc-kr', isLatin: false, parts: korean },
    { name: 'BIG5', decoder: 'big5', isLatin: false, parts: [[1, charactersOf('big5', 0xa4, 0xc6, 0x40)]] },
  ];
}
