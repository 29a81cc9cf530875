import { expect, onTestFinished, test } from 'vitest';
import { dataPart } from '../../bench/lib/damage-data.ts';
import { read } from '../../bench/lib/damage-data-reader.ts';
import { makeSoundSets, writeSet } from '../../bench/lib/damage-data-sets.ts';
import { PARQUET_BOMBS } from '../../bench/lib/damage-parquet-bombs.ts';
import { createReader } from '../../bench/lib/damage-reader.ts';
import { randomStream } from '../../src/util/rng.ts';
import { tempFolder } from '../data/temp-files.ts';
import { tryDamages } from './try-damages.ts';

test('the data sets that are damaged are sound', async () => {
  for (const set of await makeSoundSets()) {
    expect(await read(writeSet(tempFolder(), set)), Object.keys(set.files)[0]).toContain('image');
  }
});

test('damaged data sets of every format give images or a short message', async () => {
  await tryDamages(await dataPart(), read, 60, (text) => text.length);
});

test('Parquet files that take memory where they are trusted are refused within the budget and 300 MB', async () => {
  const part = await dataPart();
  const reader = createReader(part);
  onTestFinished(() => reader.close());
  for (const [kind, make] of Object.entries(PARQUET_BOMBS)) {
    const path = writeSet(tempFolder(), { files: { 'train.parquet': make(randomStream(1, 1)) } });
    const outcome = await reader.read(path);
    expect(part.problem(outcome, { path, kind }), kind).toBeUndefined();
  }
});
