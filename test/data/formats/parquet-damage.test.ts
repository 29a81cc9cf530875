import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../src/data/dataset/dataset.ts';
import { UserError } from '../../../src/util/errors.ts';
import { randomStream } from '../../../src/util/rng.ts';
import { sourceFixture } from '../fixture-sources.ts';
import { folderOf } from '../temp-files.ts';

/** What opening a file with these bits flipped throws that is no message for users. */
async function crashesOf(name: string, flips: number): Promise<unknown[]> {
  const good = readFileSync(sourceFixture(name));
  const random = randomStream(13, good.length);
  const crashes: unknown[] = [];
  for (let i = 0; i < flips; i++) {
    const damaged = Buffer.from(good);
    const at = random.integer(good.length);
    damaged[at] = (damaged[at] as number) ^ (1 << random.integer(8));
    const error = await openDataset(folderOf({ 'images.parquet': damaged })).then(
      ({ close }) => close(),
      (thrown: unknown) => thrown,
    );
    if (error !== undefined && !(error instanceof UserError)) crashes.push(error);
  }
  return crashes;
}

describe('Parquet files with a flipped bit', () => {
  it.each(['labels.parquet', 'strings.parquet', 'flags.parquet', 'split-column.parquet', 'img2dataset.parquet'])(
    '%s opens or is refused in words',
    async (name) => {
      expect(await crashesOf(name, 150)).toEqual([]);
    },
  );
});
