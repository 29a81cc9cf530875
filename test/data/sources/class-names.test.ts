import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { folderOf } from '../temp-files.ts';

const NFC = 'café'.normalize('NFC');
const NFD = 'café'.normalize('NFD');

/** The path of a list with these labels, as JSON Lines. */
function listOf(...labels: unknown[]): string {
  const files = Object.fromEntries(labels.map((_, i) => [`${i}.jpg`, `${i}`]));
  const lines = labels.map((label, i) => JSON.stringify({ path: `${i}.jpg`, label })).join('\n');
  return join(folderOf({ ...files, 'list.jsonl': lines }), 'list.jsonl');
}

async function classesOf(...labels: unknown[]): Promise<readonly string[]> {
  return (await openForTest(listOf(...labels))).train.classes;
}

it('are one in both Unicode forms, with white space and what has no width round them', async () => {
  expect(await classesOf(NFC, NFD, 'x')).toEqual([NFC, 'x']);
  expect(await classesOf('cat', 'cat\u200b', '\u00a0cat ', '\ufeffcat\u2060', 'dog')).toEqual(['cat', 'dog']);
  // In the middle of words it may have a meaning.
  expect(await classesOf('نمی\u200cخواهم', 'x')).toEqual(['x', 'نمی\u200cخواهم']);
});

it('are one for truth values and whole numbers, however they are written', async () => {
  expect(await classesOf(true, false, 'True', 'FALSE')).toEqual(['false', 'true']);
  expect(await classesOf('3.', '3.00', 3, '4.0', '4')).toEqual(['3', '4']);
  expect(await classesOf('3.000000000000000000e+00', '1.000000000000000000e+01', '3')).toEqual(['3', '10']);
});

it('of folders are one in both Unicode forms, and fit the tests', async () => {
  const both = await openForTest(folderOf({ [`${NFC}/0.jpg`]: '0', [`${NFD}/1.jpg`]: '1', 'x/0.jpg': '2' }));
  expect([both.train.classes, both.train.count, [...(both.train.labels ?? [])].sort()]).toEqual([
    [NFC, 'x'],
    3,
    [0, 0, 1],
  ]);
  const split = { [`train/${NFC}/0.jpg`]: '0', 'train/x/0.jpg': '1', [`test/${NFD}/0.jpg`]: '2' };
  const { train, test } = await openForTest(folderOf(split));
  expect([train.classes, test?.classes, [...(test?.labels ?? [])]]).toEqual([[NFC, 'x'], [NFC, 'x'], [0]]);
  const mac = await openForTest(folderOf({ [`${NFD}/0.jpg`]: '0', 'x/0.jpg': '2' }), { classes: [NFD] });
  expect(mac.train.count).toBe(1);
});

it('of two lists fit in both Unicode forms', async () => {
  const { test } = await openForTest(listOf(NFC, 'x'), { test: listOf(NFD) });
  expect([...(test?.labels ?? [])]).toEqual([0]);
  expect(await problemOf(listOf('cat', 'x'), { test: listOf('Cat') })).toContain('got another, "Cat"');
});

it('that differ in case, spaces or zeros alone are warned of', async () => {
  const { warnings, train } = await openForTest(listOf('cat', 'Cat', 'CAT', 'hot dog', 'hot_dog', '01', '1', 'owl'));
  expect(train.classes).toHaveLength(8);
  expect(warnings).toEqual([
    '3 groups of classes differ in case, spaces or zeros alone: 01, 1; CAT, Cat, cat; hot dog, hot_dog: if they are the same, write them alike',
  ]);
  expect((await openForTest(folderOf({ 'Cat/0.jpg': '0', 'cat/0.jpg': '1' }))).warnings).toEqual([
    'the classes Cat, cat differ in case, spaces or zeros alone: if they are the same, write them alike',
  ]);
  expect((await openForTest(listOf('A', 'a', '0', '10'))).warnings).toEqual([]);
});
