import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openForTest } from '../fixture-sources.ts';
import { folderOf } from '../temp-files.ts';

const FILES = Object.fromEntries([0, 1, 2, 3, 4, 5, 6, 7].map((i) => [`${i}.jpg`, `${i}`]));

/** How a list with these labels is described, in quotes where they hold commas. */
async function describeLabels(...labels: string[]): Promise<string> {
  const rows = labels.map((label, i) => `${i}.jpg,${/[",]/.test(label) ? `"${label.replaceAll('"', '""')}"` : label}`);
  const list = join(folderOf({ ...FILES, 'list.csv': `path,label\n${rows.join('\n')}\n` }), 'list.csv');
  return (await openForTest(list)).description;
}

it.each(['None', '<NA>', '#N/A', '-nan', 'nil', 'NA', 'N/A', 'n/a'])(
  'takes %s for no label, as tools write missing values',
  async (missing) => {
    expect(await describeLabels('cat', missing, 'dog')).toContain(`(list; line 3 has none (${missing}))`);
  },
);

it.each([
  ...['\\N', 'NaT', 'undefined', '#NA', '#N/A N/A', '#REF!', '#NAME?', '#VALUE!', '#DIV/0!', '#NUM!', '#NULL!'],
  ...['#SPILL!', '#ERROR!', 'Err:502', '-nan(ind)', 'nan(snan)', '1.#QNAN', '-1.#IND', '1.#INF00'],
  ...['inf', '-inf', '+Inf', 'Infinity', '-Infinity'],
])('takes %s for no label, as databases, spreadsheets and C write missing and odd values', async (missing) => {
  expect(await describeLabels('0', missing, '1')).toContain(`(list; line 3 has none (${missing}))`);
});

it('keeps classes whose names are only like missing values', async () => {
  expect(await describeLabels('none', 'na', 'Nile')).toContain('3 images in 3 classes');
  expect(await describeLabels('nat', '#hash', 'infant')).toContain('3 images in 3 classes');
  expect(await describeLabels('N', '-', '?')).toContain('3 images in 3 classes');
});

it.each([
  ['[0, 1]', 'has a list of labels'],
  ['[0 1]', 'has a list of labels'],
  ['["cat", "dog"]', 'has a list of labels'],
  ["('cat', 'dog')", 'has a list of labels'],
  ['{"cat": 1}', 'has a structure for a label'],
])('takes %s, written as text, for no class', async (text, why) => {
  expect(await describeLabels('cat', text, 'dog')).toContain(`(list; line 3 ${why})`);
});

it('takes fractions for measurements where all labels are numbers', async () => {
  expect(await describeLabels('1', '0.25', '2')).toContain('(list; line 3 has 0.25, which is no class');
  expect(await describeLabels('1.0', '2.0', '3')).toContain('3 images in 3 classes');
  expect(await describeLabels('v1.5', '1.5', 'v2')).toContain('3 images in 3 classes');
});

it('sees several labels in one text where they stand alone elsewhere', async () => {
  for (const text of ['cat|dog', 'cat;dog', 'cat, dog']) {
    expect(await describeLabels('cat', text, 'dog')).toContain(`(list; line 3 has several labels (${text}))`);
  }
  expect(await describeLabels('0', '0 1', '1')).toContain('has several labels (0 1)');
  expect(await describeLabels('animal|cat', 'animal|dog', 'plant')).toContain('3 images in 3 classes');
  expect(await describeLabels('black', 'black cat', 'cat')).toContain('3 images in 3 classes');
});

it.each([' ', '+', '/', ' & ', ' and '])(
  'sees several labels that "%s" joins, where all parts of several texts stand alone',
  async (joint) => {
    const [first, second] = [`cat${joint}dog`, `owl${joint}dog`];
    expect(await describeLabels(first, 'cat', 'dog', second, 'owl')).toContain(`line 2 has several labels (${first})`);
    // One may be a name by chance, and so may be a few beside many that are names.
    expect(await describeLabels(first, 'cat', 'dog', 'owl')).toContain('4 images in 4 classes');
    const names = [1, 2, 3].map((i) => `golden${joint}retriever ${i}`);
    expect(await describeLabels(first, 'cat', 'dog', second, 'owl', ...names)).toContain('8 images in 8 classes');
  },
);

it('says that a column of labels is empty', async () => {
  expect(await describeLabels('', '', '')).toContain('(list; the column label is empty)');
});
