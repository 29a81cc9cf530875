import { basename, join } from 'node:path';
import { openDataset } from '../../src/data/dataset/dataset.ts';
import { planStorage } from '../../src/data/loading/storage.ts';
import { decodeRgb } from '../../src/data/pixels/decode.ts';
import { DecodeProblem } from '../../src/data/pixels/decode-problem.ts';
import type { ImageSource } from '../../src/data/sources/image-source.ts';

/** Bytes of memory that images may take: `data.memoryBudget`. */
export const BUDGET = 2 ** 28;

/** Images of a set that are decoded. */
const DECODED = 24;

/** Characters of what is told about a data set, or of a bad image. */
const LONGEST = 4096;

function requireShort(text: string): void {
  if (text.length > LONGEST) throw new Error(`${text.length} characters are told: ${text.slice(0, 200)}`);
}

/** Decodes some images; bad ones are left out, as a run does. */
async function decodeSome(source: ImageSource): Promise<void> {
  const step = Math.max(1, Math.floor(source.count / DECODED));
  for (let index = 0; index < source.count; index += step) {
    try {
      await decodeRgb(await source.read(index));
    } catch (error) {
      if (!(error instanceof DecodeProblem)) throw error;
      requireShort(error.message);
    }
    requireShort(source.name(index));
  }
}

/** Opens images as a run does, and decodes some. Of a folder `NAME-set` the file NAME is opened. */
export async function read(path: string): Promise<unknown> {
  const [, list] = /^(.+)-set$/.exec(basename(path)) ?? [];
  const dataset = await openDataset(list === undefined ? path : join(path, list), { archiveBytes: BUDGET });
  try {
    const { train, test, description, warnings } = dataset;
    for (const text of [description, ...warnings]) requireShort(text);
    requireShort((await planStorage(train, { budgetBytes: BUDGET, cache: undefined })).text);
    await decodeSome(train);
    if (test !== undefined) await decodeSome(test);
    return description;
  } finally {
    await dataset.close();
  }
}
