import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dataPart } from '../../bench/lib/damage-data.ts';
import { read } from '../../bench/lib/damage-data-reader.ts';
import { makeSoundSets, writeSet } from '../../bench/lib/damage-data-sets.ts';
import { PARQUET_BOMBS } from '../../bench/lib/damage-parquet-bombs.ts';
import { createReader } from '../../bench/lib/damage-reader.ts';
import { UserError } from '../../src/util/errors.ts';
import { randomStream } from '../../src/util/rng.ts';
import { tempFolder } from '../data/temp-files.ts';

test('the data sets that are damaged are sound', async () => {
  for (const set of await makeSoundSets()) {
    expect(await read(writeSet(tempFolder(), set)), Object.keys(set.files)[0]).toContain('image');
  }
});

test('damaged data sets of every format give images or a short message', async () => {
  const part = await dataPart();
  const folder = tempFolder();
  for (let index = 0; index < 60; index++) {
    const own = join(folder, String(index));
    mkdirSync(own);
    const { kind, path } = await part.make(index, randomStream(1, index), own);
    const error = await read(path).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error === undefined) continue;
    expect(error, `${index}: ${kind}`).toBeInstanceOf(UserError);
    const { message, hint = '' } = error as UserError;
    expect(message.length + hint.length, `${index}: ${kind}`).toBeLessThan(4096);
  }
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
