import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '../../src/checkpoint/safetensors-read.ts';
import { writeSafetensors } from '../../src/checkpoint/safetensors-write.ts';
import { decodeRgb } from '../../src/data/pixels/decode.ts';
import { evaluationTransform } from '../../src/data/pixels/evaluation-transform.ts';
import { loadEncoder, uint8 } from '../../src/index.ts';
import type { Case } from './interop-cases.ts';
import type { ComparedImages } from './interop-images.ts';
import { loaderOf, outputOf, relativeError, runTasks, type Task } from './interop-jobs.ts';
import { exportRun, STATISTICS, type Tools } from './interop-round.ts';
import { writeRandomRun } from './interop-run.ts';

/** How the way from a JPEG file to its features differs in Python and here. */
export interface Preprocessing {
  readonly name: string;
  /** Decoded pixels by libjpeg-turbo in Pillow and by libvips: levels of 255. */
  readonly decoders: { readonly largest: number; readonly mean: number };
  /** Resized and cropped pixels of the same decoded image: levels of 255. */
  readonly recipe: { readonly largest: number };
  /** Resized and cropped pixels from the files: levels of 255. */
  readonly pixels: { readonly largest: number; readonly mean: number };
  /** Features from the files: relative to the largest; of the same decoded images as well. */
  readonly features: { readonly files: number; readonly sameDecoder: number };
}

interface Differences {
  readonly largest: number;
  readonly mean: number;
}

function compareLevels(pairs: readonly (readonly [ArrayLike<number>, ArrayLike<number>])[]): Differences {
  let [largest, sum, count] = [0, 0, 0];
  for (const [a, b] of pairs) {
    if (a.length !== b.length) throw new Error(`Expected ${b.length} values, got ${a.length}.`);
    for (let i = 0; i < a.length; i++) {
      const difference = Math.abs((a[i] as number) - (b[i] as number));
      largest = Math.max(largest, difference);
      sum += difference;
    }
    count += a.length;
  }
  return { largest, mean: sum / count };
}

/** Follows the recipe of an export's card in Python and here, from the same JPEG files. */
export async function comparePreprocessing(
  each: Case,
  compared: ComparedImages,
  tools: Tools,
  work: string,
): Promise<Preprocessing> {
  mkdirSync(work);
  const file = (name: string): string => join(work, name);
  const files = compared.files[each.size];
  const decoded = await Promise.all(files.map((path) => decodeRgb(readFileSync(path))));
  const tensors = decoded.map(({ data, height, width }, i) => [`decoded.${i}`, uint8(data, [height, width, 3])]);
  await writeSafetensors(file('decoded.safetensors'), Object.fromEntries(tensors));
  await writeRandomRun(file('run'), each, compared.folder);
  await exportRun(file('run'), file('exported'), '--format', 'torchvision');
  const prepare: Task = {
    ...{ kind: 'prepare', title: `${each.name}, preprocessing`, output: file('prepared.safetensors') },
    ...evaluationTransform(each.size, 'bilinear'),
    ...{ files, decoded: file('decoded.safetensors') },
  };
  const load = (name: string): Task => ({
    ...{ kind: 'load', title: `${each.name}, ${name}`, output: file(`${name}.safetensors`) },
    ...{ images: file(`${name}-images.safetensors`), ...STATISTICS[each.normalize] },
    ...{ file: join(file('exported'), 'torchvision.safetensors'), loader: loaderOf(file('exported'), 'torchvision') },
  });
  await runTasks(tools, work, [prepare]);
  const theirs = (await readSafetensors(prepare.output)).tensors;
  const prepared = { files: theirs['images'] as never, others: theirs['others'] as never };
  for (const [name, images] of Object.entries(prepared)) {
    await writeSafetensors(file(`${name}-images.safetensors`), { images });
  }
  const loads = [load('files'), load('others')] as const;
  await runTasks(tools, work, loads);
  const encoder = await loadEncoder({ run: file('run'), settings: { device: 'cpu' } });
  const own = await encoder.embed(files);
  encoder.close();
  const [fromFiles, fromOthers] = [await outputOf(loads[0]), await outputOf(loads[1])];
  const pixels = compared.pixels[each.size].data;
  const result = {
    name: each.name,
    decoders: compareLevels(decoded.map(({ data }, i) => [data, theirs[`decoded.${i}`]?.data ?? []] as const)),
    recipe: { largest: compareLevels([[theirs['others']?.data ?? [], pixels]]).largest },
    pixels: compareLevels([[theirs['images']?.data ?? [], pixels]]),
    features: { files: relativeError(fromFiles.data, own), sameDecoder: relativeError(fromOthers.data, own) },
  };
  rmSync(work, { recursive: true });
  return result;
}
