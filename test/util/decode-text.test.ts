import { execSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { decodeText } from '../../src/util/decode-text.ts';
import { UserError } from '../../src/util/errors.ts';

/** `pôle` and `pâle`, which a lenient decoder makes one word. */
const POLES = 'path,label\n1.jpg,pôle\n2.jpg,pâle\n';
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const wide = (text: string): Buffer => Buffer.from(text, 'utf16le');
const encoded = (text: string, encoding: string): Buffer =>
  execSync(`iconv -f UTF-8 -t ${encoding}`, { input: text }) as Buffer;

function problemOf(bytes: Uint8Array, disk: string | null = 'a list.csv'): string {
  try {
    decodeText(bytes, 'PATH', disk ?? undefined);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.exitCode).toBe(2);
    return `${error.message} | ${error.hint}`;
  }
  return 'no error';
}

it('reads UTF-8, and UTF-16 with a byte order mark, without the mark', () => {
  for (const bytes of [
    Buffer.from(POLES),
    Buffer.from(`\ufeff${POLES}`),
    wide(`\ufeff${POLES}`),
    wide(`\ufeff${POLES}`).swap16(),
  ]) {
    expect(decodeText(bytes, 'PATH', undefined)).toBe(POLES);
  }
});

it('names line and likely encoding of western text, with the command that converts it', () => {
  expect(problemOf(latin1(POLES))).toBe(
    'expected UTF-8 text, got another encoding, most likely Windows-1252, in line 2, column 8 of PATH: "1.jpg,pôle" | ' +
      "Convert it, and use the new file in its place: iconv -f WINDOWS-1252 -t UTF-8 'a list.csv' > 'a list.utf8.csv'",
  );
  for (const text of ['Größe\n', 'CAFÉ, naïve\n', 'a\nb\nçà et là\n', 'año;niño\n']) {
    expect(problemOf(latin1(text))).toContain('most likely Windows-1252');
  }
  expect(problemOf(latin1(POLES), null)).toContain('Unpack the archive');
});

it('gives a command that works', () => {
  const folder = mkdtempSync(join(tmpdir(), "cl text's "));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'list.csv');
  writeFileSync(path, latin1(POLES));
  const command = /in its place: (.*)$/.exec(problemOf(latin1(POLES), path))?.[1] as string;
  execSync(command);
  expect(readFileSync(join(folder, 'list.utf8.csv'), 'utf8')).toBe(POLES);
});

it('does not guess among encodings of other scripts', () => {
  const texts = [
    ['犬,狗\n猫,貓\n', 'GB18030'],
    ['犬\n猫\nネコ\n', 'CP932'],
    ['кошка\nсобака\n', 'WINDOWS-1251'],
    ['개\n고양이\n', 'EUC-KR'],
  ] as const;
  for (const [text, encoding] of texts) {
    const problem = problemOf(encoded(`path,label\n${text}`, encoding));
    expect(problem).toMatch(/got another encoding, which its bytes do not tell, in line 2, column [13] of PATH/);
    expect(problem).toContain(`iconv -f ${encoding} `);
  }
});

it('names UTF-16 without a byte order mark, UTF-32, zero bytes, and damage', () => {
  expect(problemOf(wide(POLES))).toMatch(/UTF-16 without a byte order mark, in line 1, column 2 .*iconv -f UTF-16LE /);
  expect(problemOf(wide(POLES).swap16())).toMatch(
    /UTF-16 without a byte order mark, in line 1, column 1 .*iconv -f UTF-16BE /,
  );
  expect(problemOf(encoded(POLES, 'UTF-32'))).toMatch(/got UTF-32: PATH .*iconv -f UTF-32 /);
  expect(problemOf(Buffer.from('path\na\0.jpg\n'))).toContain(
    'got zero bytes: it is no text, or damaged, in line 2, column 2',
  );
  expect(problemOf(wide(`\ufeff${POLES}`).subarray(0, -1))).toContain('got damaged UTF-16');
  const mixed = Buffer.concat([Buffer.from('path,label\n1.jpg,pôle\n'), latin1('2.jpg,pâle\n')]);
  expect(problemOf(mixed)).toMatch(
    /among lines of UTF-8, in line 3, column \d+ .* LC_ALL=C.UTF-8 grep -naxv '.\*' 'a list.csv'$/,
  );
  expect(problemOf(Buffer.from(POLES).subarray(0, 19))).toContain('in line 2, column 8 of PATH');
});

/** What the command of the hint makes of a list in an encoding. */
function converted(text: string, encoding: string): [problem: string, text: string] {
  const folder = mkdtempSync(join(tmpdir(), 'cl-text-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'list.csv');
  const bytes = encoded(text, encoding);
  writeFileSync(path, bytes);
  const problem = problemOf(bytes, path);
  execSync((/in its place: (.*)$/.exec(problem)?.[1] ?? 'false').replace(/ \(line \d+: .*$/, ''));
  return [problem, readFileSync(join(folder, 'list.utf8.csv'), 'utf8')];
}

it.each([
  ['GB18030', '汽车\n飞机\n鸟\n'],
  ['GB18030', '猫\n狗\n'],
  ['CP932', '犬\nネコ\n飛行機\n'],
  ['CP932', 'とり\\図1\n~くるま\n'],
  ['EUC-JP', 'いぬ\nネコ\n自動車\n'],
  ['EUC-KR', '고양이\n강아지\n비행기\n자동차\n'],
  ['BIG5', '飛機\n汽車\n鳥\n'],
  ['WINDOWS-1251', 'кошка\nсобака\n'],
  ['WINDOWS-1251', 'Кошка\nСамолёт\n'],
  ['KOI8-R', 'кошка\nСамолёт\n'],
  ['WINDOWS-1250', 'łódź\nżółw\n'],
  ['WINDOWS-1250', 'žluťoučký kůň\n'],
  ['WINDOWS-1252', 'pôle\nnaïve\n'],
  ['WINDOWS-1252', '“Größe” – 5 €\n'],
  ['WINDOWS-1254', 'kuş\nağaç\nışık\n'],
  ['WINDOWS-1253', 'σκύλος\nγάτα\n'],
  ['MACINTOSH', 'Café\nnaïve\npôle\n'],
  ['MACINTOSH', 'Größe\nMädchen\n'],
])('offers %s first, and converts %j by it', (encoding, text) => {
  const list = `path,label\n${text.replace(/^/gm, '1.jpg,').replace(/1\.jpg,$/, '')}`;
  const [problem, result] = converted(list, encoding);
  expect(problem).toContain(`iconv -f ${encoding} `);
  expect(result).toBe(list);
});

it('shows what other encodings would read, and names Shift-JIS as people do', () => {
  const problem = problemOf(encoded('path,label\n1.jpg,кошка\n', 'KOI8-R'));
  expect(problem).toContain('(line 2: KOI8-R reads "1.jpg,кошка", ');
  expect(problem).toContain('-f WINDOWS-1251 reads "1.jpg,ЛПЫЛБ"');
  expect(problemOf(encoded('path,label\n1.jpg,いぬ\n', 'CP932'))).toContain('CP932, Shift-JIS, reads "1.jpg,いぬ"');
  const czech = problemOf(encoded('path,label\n1.jpg,kočka\n', 'WINDOWS-1250'));
  expect(czech).toContain('"1.jpg,kočka"');
});

it('counts lines that end by a carriage return alone', () => {
  expect(problemOf(encoded('path,label\r1.jpg,a\r2.jpg,Café\r', 'MACINTOSH'))).toContain(
    'in line 3, column 10 of PATH',
  );
});
