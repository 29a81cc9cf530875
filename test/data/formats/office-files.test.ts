import { execFileSync, execSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { type RawZipEntry, rawZip } from '../raw-zip.ts';
import { folderOf, patternPng } from '../temp-files.ts';

/** An office file with a picture. */
async function office(name: string, entries: readonly (string | RawZipEntry)[], pictures: string): Promise<string> {
  const files = entries.map((entry) => (typeof entry === 'string' ? { name: entry, body: '<x/>', method: 8 } : entry));
  const picture = { name: `${pictures}/image1.png`, body: await patternPng(8, 8) };
  return join(folderOf({ [name]: rawZip([...files, picture]) }), name);
}

const spreadsheetOf = (kind: string): RawZipEntry => ({
  name: 'mimetype',
  body: `application/vnd.oasis.opendocument.${kind}`,
});

it.each([
  [
    'list.xlsx',
    ['[Content_Types].xml', 'xl/workbook.xml', 'xl/worksheets/sheet1.xml'],
    'an Excel workbook',
    'openpyxl',
  ],
  ['list.XLSM', ['xl/workbook.xml'], 'an Excel workbook', 'openpyxl'],
  ['named otherwise.zip', ['xl/workbook.xml'], 'an Excel workbook', 'openpyxl'],
  ['list.xlsb', ['xl/workbook.bin'], 'an Excel workbook', 'pyxlsb'],
  ['list.ods', [spreadsheetOf('spreadsheet'), 'content.xml'], 'an OpenDocument spreadsheet', 'odfpy'],
])('%s is no archive of images: the hint makes a list of it', async (name, entries, what, engine) => {
  const path = await office(name, entries, 'xl/media');
  const problem = await problemOf(path);
  expect(problem).toContain(`expected images or a list of them, got ${what}: PATH | `);
  expect(problem).toContain(`which needs pip install pandas ${engine}: python3 -c 'import pandas, sys; `);
  expect(problem).toMatch(/\.csv'?\)$/);
});

it('the command for a spreadsheet writes the list that can be named', async ({ skip }) => {
  const hasPandas = spawnSync('python3', ['-c', 'import pandas, openpyxl']).status === 0;
  if (!hasPandas) skip('Python has no pandas with openpyxl');
  const folder = folderOf({ '0001.jpg': 'x', '0002.jpg': 'y' });
  const path = join(folder, 'my list.xlsx');
  const rows = '{"path": ["0001.jpg", "0002.jpg"], "label": ["007", "8"]}';
  execFileSync('python3', [
    '-c',
    `import pandas, sys; pandas.DataFrame(${rows}).to_excel(sys.argv[1], index=False)`,
    path,
  ]);
  const problem = (await problemOf(path)).replaceAll('PATH', path);
  execSync(/: (python3 .*) \(then/.exec(problem)?.[1] ?? 'false');
  const { train } = await openForTest(join(folder, 'my list.csv'));
  expect([train.count, train.classes]).toEqual([2, ['007', '8']]);
});

it.each([
  ['thesis.docx', ['word/document.xml'], 'a Word document', 'word/media'],
  ['talk.pptx', ['ppt/presentation.xml'], 'a PowerPoint presentation', 'ppt/media'],
  ['talk.odp', [spreadsheetOf('presentation'), 'content.xml'], 'an OpenDocument file', 'Pictures'],
])('%s is a document, whose pictures the hint takes out', async (name, entries, what, pictures) => {
  const path = await office(name, entries, pictures);
  const problem = (await problemOf(path)).replaceAll('PATH', path);
  expect(problem).toContain(`got ${what}: ${path} | To take its pictures: unzip -j `);
  const [, command = 'false', folder = ''] = /: (unzip .*) \(then --data (.*)\)$/.exec(problem) ?? [];
  execSync(command);
  expect((await openForTest(folder)).train.count).toBe(1);
});

it('an archive that holds a spreadsheet beside images is an archive of images', async () => {
  const zip = rawZip([{ name: 'labels.xlsx', body: 'x' }, { name: 'a/xl/workbook.xml' }, { name: 'a/1.jpg' }]);
  expect((await openForTest(join(folderOf({ 'photos.zip': zip }), 'photos.zip'))).train.count).toBe(1);
});
