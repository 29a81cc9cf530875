import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { TarIndex } from '../../../src/data/files/tar-index.ts';
import { cachedTarIndex } from '../../../src/data/files/tar-index-cache.ts';
import { folderOfFixtures, openForTest, rowsOf } from '../fixture-sources.ts';
import { folderOf, tempFolder } from '../temp-files.ts';

const INDEX: TarIndex = {
  files: [
    { path: 'a/é 1.jpg', offset: 512, size: 3 },
    { path: 'a/1.cls', offset: 1536, size: 1, label: '7' },
  ],
  refused: ['../x (leads out of the archive)'],
};

/** An archive whose index is asked for, and how often it had to be made. */
function archive() {
  const path = join(folderOf({ 'a.tar': 'archive' }), 'a.tar');
  const state = { made: 0 };
  const make = async (): Promise<TarIndex> => {
    state.made++;
    return INDEX;
  };
  return { path, state, make };
}

it('makes the index of an archive once, until the archive or what is asked of it changes', async () => {
  const folder = join(tempFolder(), 'not', 'there');
  const { path, state, make } = archive();
  const ask = (labels = 'auto') => cachedTarIndex(path, labels, { folder, worthSeconds: 0 }, make);
  for (const made of [1, 1]) {
    expect(await ask()).toEqual(INDEX);
    expect(state.made).toBe(made);
  }
  await ask('cls');
  await ask('cls');
  await ask();
  expect(state.made).toBe(2);
  expect(readdirSync(folder)).toHaveLength(2);
  utimesSync(path, 1e9, 1e9);
  await ask();
  await ask();
  expect(state.made).toBe(3);
  expect(readdirSync(folder)).toHaveLength(2);
});

it('makes it again when what was kept is damaged', async () => {
  const folder = tempFolder();
  const { path, state, make } = archive();
  const ask = () => cachedTarIndex(path, 'auto', { folder, worthSeconds: 0 }, make);
  await ask();
  const file = join(folder, readdirSync(folder)[0] as string);
  const whole = readFileSync(file, 'utf8');
  const damages = [whole.replace('512', '513'), whole.slice(0, -1), whole.replace('\n', ''), ''];
  for (const [i, damaged] of damages.entries()) {
    writeFileSync(file, damaged);
    expect(await ask()).toEqual(INDEX);
    expect(state.made).toBe(i + 2);
    expect(readFileSync(file, 'utf8')).toBe(whole);
  }
});

it('keeps no index that is made quickly, and does without a folder that can not be written', async () => {
  const folder = tempFolder();
  const { path, state, make } = archive();
  await cachedTarIndex(path, 'auto', { folder, worthSeconds: 60 }, make);
  expect(readdirSync(folder)).toEqual([]);
  const nowhere = { folder: join(folderOf({ file: '' }), 'file', 'cache'), worthSeconds: 0 };
  expect(await cachedTarIndex(path, 'auto', nowhere, make)).toEqual(INDEX);
  expect(await cachedTarIndex(path, 'auto', undefined, make)).toEqual(INDEX);
  expect(state.made).toBe(3);
});

it('gives the images and labels of shards as they are without it', async () => {
  const folder = tempFolder();
  const path = folderOfFixtures('train-000000.tar', 'train-000001.tar');
  const { train } = await openForTest(path);
  const wanted = { rows: await rowsOf(train), names: Array.from({ length: train.count }, (_, i) => train.name(i)) };
  for (let run = 0; run < 2; run++) {
    const { train: other } = await openForTest(path, { indexCache: { folder, worthSeconds: 0 } });
    const names = Array.from({ length: other.count }, (_, i) => other.name(i));
    expect({ rows: await rowsOf(other), names }).toEqual(wanted);
    expect(readdirSync(folder)).toHaveLength(2);
  }
});
