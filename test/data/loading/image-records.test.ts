import { expect, test } from 'vitest';
import { recordImages } from '../../../src/data/loading/image-records.ts';
import { DecodeProblem } from '../../../src/data/pixels/decode-problem.ts';
import type { ImageSource } from '../../../src/data/sources/image-source.ts';
import { tempFolder, writeFiles } from '../temp-files.ts';

/** Images in files of their own, or all in one. */
function sourceOf(contents: Readonly<Record<string, string>>, archive?: string): ImageSource & { reads(): number } {
  const folder = tempFolder();
  writeFiles(folder, contents);
  const names = Object.keys(contents);
  let reads = 0;
  return {
    ...{ kind: 'flat', count: names.length, labels: undefined, classes: [] },
    name: (index) => names[index] as string,
    origin: (index) => `${folder}/${archive ?? names[index]}`,
    read: async (index) => {
      reads++;
      const content = contents[names[index] as string] as string;
      if (content === 'bad') throw new DecodeProblem('is empty');
      return Buffer.from(content);
    },
    reads: () => reads,
  };
}

const all = async (source: ImageSource, options = {}) => {
  const { count, record } = await recordImages(source, options);
  return Array.from({ length: count }, (_, index) => record(index));
};

test('knows images by name, size and content, wherever they lie', async () => {
  const contents = { 'a.png': 'one', 'b.png': 'two', 'c.png': 'bad' };
  const records = await all(sourceOf(contents));
  expect(records).toMatchInlineSnapshot(`
    [
      {
        "bytes": 3,
        "hash": "7692c3ad3540bb80",
        "name": "a.png",
      },
      {
        "bytes": 3,
        "hash": "3fc4ccfe745870e2",
        "name": "b.png",
      },
      {
        "bytes": 3,
        "hash": "a7ff4ce17d9734db",
        "name": "c.png",
      },
    ]
  `);
  expect(await all(sourceOf(contents))).toEqual(records);
  const [first, second] = await all(sourceOf({ ...contents, 'b.png': 'owt' }));
  expect([first?.hash === records[0]?.hash, second?.hash === records[1]?.hash]).toEqual([true, false]);
});

test('reads some of the contents of large sets, and knows no sizes of images within one file', async () => {
  const contents = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}.png`, `content ${i}`]));
  const source = sourceOf(contents, '0.png');
  const records = await all(source, { wholeBytes: 3, samples: 8 });
  expect(source.reads()).toBe(8);
  expect(records.filter(({ hash }) => hash !== undefined)).toHaveLength(8);
  expect(records.every(({ bytes }) => bytes === undefined)).toBe(true);
  await expect(recordImages(source, { signal: AbortSignal.abort() })).rejects.toThrow('abort');
});
