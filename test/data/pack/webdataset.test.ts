import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeRgb } from '../../../src/data/pixels/decode.ts';
import { openForTest, sourceFixture } from '../fixture-sources.ts';
import { tempFolder } from '../temp-files.ts';
import { packFolder } from './packing.ts';

// CL_PYTHON names a Python with webdataset, numpy and pillow.
const { CL_PYTHON } = process.env;

/** Prints key, class, height, width and a checksum of the RGB pixels of each sample, as webdataset decodes them. */
const READ = `
import hashlib, sys, webdataset
for sample in webdataset.WebDataset(sys.argv[1:], shardshuffle=False, empty_check=False).decode('rgb8'):
    pixels = sample['jpg' if 'jpg' in sample else 'ppm']
    print(sample['__key__'], sample['cls'], *pixels.shape[:2], hashlib.sha256(pixels.tobytes()).hexdigest())
`;

test.skipIf(CL_PYTHON === undefined).each(['raw', 'jpeg'] as const)(
  "Python's webdataset reads %s shards with the same pixels and classes (CL_PYTHON)",
  async (format) => {
    const out = tempFolder();
    await packFolder(sourceFixture('files.tar'), out, { settings: { format, hasNames: true, size: 20 } });
    const shards = readdirSync(out).filter((name) => name.startsWith('train-'));
    const paths = shards.map((name) => join(out, name));
    const text = execFileSync(CL_PYTHON as string, ['-c', READ, ...paths], { encoding: 'utf8' });
    const { train } = await openForTest(out);
    const expected: string[] = [];
    for (let i = 0; i < train.count; i++) {
      const { data, height, width } = await decodeRgb(await train.read(i));
      const hash = createHash('sha256').update(data).digest('hex');
      expected.push(`${String(i).padStart(6, '0')} ${train.labels?.[i]} ${height} ${width} ${hash}`);
    }
    expect(expected).toHaveLength(20);
    expect(text.trimEnd().split('\n').sort()).toEqual(expected);
  },
);
