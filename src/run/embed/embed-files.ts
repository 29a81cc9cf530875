import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { streamEvaluationImages } from '../../data/loading/evaluation-images.ts';
import type { SkippedImage } from '../../data/sources/bad-images.ts';
import type { ImageSource } from '../../data/sources/image-source.ts';
import { float32Text } from '../../interop/tables/csv-table.ts';
import type { FeatureTable } from '../../interop/tables/feature-table.ts';
import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';
import { listNames } from '../../util/list-names.ts';
import { warn } from '../../util/notices.ts';
import { terminalText } from '../../util/terminal-text.ts';
import { writeText } from '../../util/write-text.ts';
import { decodingOf } from '../images/decoding.ts';
import { featureBatch } from '../views/evaluation-view.ts';
import { checkOutput } from './check-output.ts';
import { normalizeRows } from './feature-rows.ts';
import { type EmbedderOptions, openEmbedder } from './open-embedder.ts';
import { writeTable } from './write-table.ts';

export interface EmbedFilesOptions extends EmbedderOptions {
  /** Image files, in the order of the rows. */
  readonly files: readonly string[];
  /** The table; without it rows are printed as JSON. */
  readonly output?: string | undefined;
  readonly overwrite: boolean;
  readonly normalize: boolean;
  readonly signal: AbortSignal;
}

function sourceOf(files: readonly string[]): ImageSource {
  for (const file of files) {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isFile()) continue;
    const isFolder = found?.isDirectory() === true;
    const got = isFolder ? `the folder ${file}` : `${file}, which ${found ? 'is a pipe or device' : 'does not exist'}`;
    throw new UserError(`--image: expected an image file, got ${got}`, {
      hint: isFolder ? `All images of a folder: --data ${file} --output features.parquet` : undefined,
      exitCode: 2,
    });
  }
  const nameOf = (index: number): string => files[index] as string;
  return {
    kind: 'files',
    count: files.length,
    labels: undefined,
    classes: [],
    name: nameOf,
    origin: nameOf,
    read: (index) => readFile(nameOf(index)),
  };
}

/** Features of the images that could be read, and those that could not. */
interface EmbeddedFiles {
  readonly indices: readonly number[];
  readonly features: Float32Array;
  readonly bad: readonly SkippedImage[];
}

/**
 * Writes the features of single image files into a table, or prints them as JSON: `{ encoder, width, images: [{ name,
 * features }], bad: [{ name, reason }] }`. Batches are as large as those of a data set, so that features are the same
 * to the bit.
 *
 * @throws UserError for what a user can mend, as where no image can be read; the signal's reason when it is stopped.
 */
export async function embedFiles(options: EmbedFilesOptions): Promise<void> {
  const { files, output, normalize, signal } = options;
  if (output !== undefined) checkOutput(output, options.overwrite);
  const source = sourceOf(files);
  const { view, config, width, path, run } = await openEmbedder(options);
  const { size } = view.transform;
  const found = await run(async (embed): Promise<EmbeddedFiles> => {
    const bad: SkippedImage[] = [];
    const [indices, rows]: [number[], Float32Array[]] = [[], []];
    const reading = { source, transform: view.transform, chunk: featureBatch(size), maxBadShare: 1, signal };
    const { workers: concurrency } = decodingOf(config.data);
    const onBad = (image: SkippedImage): void => void bad.push(image);
    try {
      for await (const { data, indices: present } of streamEvaluationImages({ ...reading, concurrency, onBad })) {
        rows.push((await embed({ data, count: present.length, height: size, width: size }, signal)).features);
        indices.push(...Array.from(present));
      }
    } catch (cause) {
      if (bad.length < files.length) throw cause;
      const reasons = bad.map(({ name, reason }) => terminalText(`${name} ${reason}`));
      throw new UserError(`--image: expected images, got none that can be used: ${listNames(reasons, 3)}`, { cause });
    }
    const features = new Float32Array(indices.length * width);
    let at = 0;
    for (const part of rows) {
      features.set(part, at);
      at += part.length;
    }
    return { indices, features, bad: bad.sort((a, b) => a.index - b.index) };
  });
  if (normalize) normalizeRows(found.features, width);
  for (const { name, reason } of found.bad) {
    warn(`left out ${name}, which ${reason}`);
  }
  if (output === undefined) {
    process.stdout.write(filesJson(path, source, width, found));
    return;
  }
  const table = tableOf(source, width, found);
  await writeTable(
    output,
    table,
    found.bad.map((image) => ({ ...image, split: '' })),
    signal,
  );
  writeText(process.stdout, `${terminalText(output)}: ${formatPlural(table.rows, 'row')} of ${width}\n`);
}

/** Numbers as short as float32 allows; what is not finite is null, as JSON has no word for it. */
function filesJson(
  encoder: string,
  source: ImageSource,
  width: number,
  { indices, features, bad }: EmbeddedFiles,
): string {
  const images = indices.map((index, row) => ({
    name: source.name(index),
    features: Array.from(features.subarray(row * width, (row + 1) * width), (value) => Number(float32Text(value))),
  }));
  return `${JSON.stringify({ encoder, width, images, bad: bad.map(({ name, reason }) => ({ name, reason })) })}\n`;
}

function tableOf(source: ImageSource, width: number, { indices, features }: EmbeddedFiles): FeatureTable {
  const names = indices.map((index) => source.name(index));
  return {
    rows: indices.length,
    width,
    classes: undefined,
    hasSplits: false,
    async *parts() {
      yield { count: indices.length, names, split: '', indices, labels: undefined, features: async () => features };
    },
  };
}
