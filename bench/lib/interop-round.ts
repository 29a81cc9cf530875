import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '../../src/checkpoint/safetensors-write.ts';
import { type HostTensor, loadEncoder } from '../../src/index.ts';
import { capture } from './capture.ts';
import type { Case } from './interop-cases.ts';
import { embedByOnnx, embedBySavedModel, embedInBrowser, type Rows } from './interop-graphs.ts';
import type { ComparedImages } from './interop-images.ts';
import { loaderOf, outputOf, type PythonPlace, relativeError, runTasks, type Task } from './interop-jobs.ts';
import { writeRandomRun } from './interop-run.ts';
import type { OnnxRuntime } from './interop-tools.ts';

/** What an encoder is compared with, and by how much they may differ: relative to the largest value. */
export const LIMITS = {
  torchvision: 1e-4,
  timm: 1e-4,
  'from torchvision': 1e-4,
  'from timm': 1e-4,
  'ONNX, Python': 1e-3,
  'ONNX normalized, Python': 1e-3,
  'ONNX, Node': 1e-3,
  SavedModel: 1e-3,
  'tfjs, Chromium': 1e-3,
} as const;

export type Comparison = keyof typeof LIMITS;

/** What the tools are that an encoder goes to. */
export interface Tools extends PythonPlace {
  readonly onnx: OnnxRuntime;
  readonly chromium: string | undefined;
}

/** The largest difference of each comparison. */
export interface CaseResult {
  readonly name: string;
  readonly errors: Readonly<Partial<Record<Comparison, number>>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly backend: string | undefined;
}

export const STATISTICS = {
  cifar10: { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
} as const;

/** Images that graphs embed, in batches of 8 and 4. */
const GRAPH_IMAGES = 12;
/** Images that a browser, which computes without a GPU, embeds beside the eight that verify its export. */
const BROWSER_IMAGES = 2;

export async function exportRun(run: string, output: string, ...options: readonly string[]): Promise<void> {
  const args = [join('bin', 'cl-export.js'), '--run', run, '--output', output, ...options, '--quiet'];
  await capture(process.execPath, args, { env: { ...process.env, ONEDNN_VERBOSE: '0' } });
}

async function ownFeatures(source: Parameters<typeof loadEncoder>[0], images: HostTensor): Promise<Rows> {
  const encoder = await loadEncoder({ ...source, settings: { device: 'cpu', ...source.settings } });
  try {
    return await encoder.embedPixels(images.data as Uint8Array);
  } finally {
    encoder.close();
  }
}

export function firstOf(images: HostTensor, count: number): HostTensor {
  const [, height = 0, width = 0] = images.shape;
  const data = (images.data as Uint8Array).slice(0, count * height * width * 3);
  return { dtype: 'uint8', shape: [count, height, width, 3], data };
}

/** Takes an encoder to all other tools, and models of other tools here. */
export async function runCase(each: Case, compared: ComparedImages, tools: Tools, work: string): Promise<CaseResult> {
  mkdirSync(work);
  const file = (name: string): string => join(work, name);
  const images = compared.pixels[each.size];
  const few = firstOf(images, GRAPH_IMAGES);
  await writeSafetensors(file('images.safetensors'), { images });
  await writeSafetensors(file('few.safetensors'), { images: few });
  await writeRandomRun(file('run'), each, compared.folder);
  const [exported, normalized] = [file('exported'), file('normalized')];
  await exportRun(file('run'), exported, '--format', 'torchvision,timm,onnx,savedmodel,tfjs');
  await exportRun(file('run'), normalized, '--format', 'onnx', '--input', 'normalized');
  const common = { images: file('images.safetensors'), ...STATISTICS[each.normalize] };
  const task = (kind: Task['kind'], title: string, more: object): Task => ({
    ...common,
    ...{ kind, title: `${each.name}, ${title}`, output: file(`features of ${title}.safetensors`) },
    ...more,
  });
  const libraries = (['torchvision', 'timm'] as const).map((library) =>
    task('load', library, { file: join(exported, `${library}.safetensors`), loader: loaderOf(exported, library) }),
  );
  const graphs = [exported, normalized].map((folder, i) =>
    task('onnx', i === 0 ? 'ONNX, Python' : 'ONNX normalized, Python', {
      ...{ file: join(folder, 'encoder.onnx'), images: file('few.safetensors') },
    }),
  );
  const models = each.counterparts.map(({ library, name }) =>
    task('make', `from ${library}`, {
      ...{ library, name, stem: each.stem, size: each.size, seed: 1 },
      ...{ pth: file(`${library}.pth`), safetensors: file(`${library}.safetensors`) },
    }),
  );
  const answers = await runTasks(tools, work, [...libraries, ...graphs, ...models]);
  const own = await ownFeatures({ run: file('run') }, images);
  const errorOf = (rows: ArrayLike<number>): number => relativeError(rows, own.subarray(0, rows.length));
  const errors: Partial<Record<Comparison, number>> = {};
  const titles = ['torchvision', 'timm', 'ONNX, Python', 'ONNX normalized, Python'] as const;
  for (const [i, made] of [...libraries, ...graphs].entries()) {
    errors[titles[i] as Comparison] = errorOf((await outputOf(made)).data);
  }
  for (const [i, { library, settings }] of each.counterparts.entries()) {
    const theirs = (await outputOf(models[i] as Task)).data;
    const found: number[] = [];
    // Both files hold the same values, so a few images tell whether the second was read as the first.
    for (const [extension, seen] of [['pth', images] as const, ['safetensors', few] as const]) {
      const rows = await ownFeatures({ weights: file(`${library}.${extension}`), settings }, seen);
      found.push(relativeError(rows, theirs.subarray(0, rows.length)));
    }
    errors[`from ${library}`] = Math.max(...found);
  }
  errors['ONNX, Node'] = errorOf(await embedByOnnx(tools.onnx, exported, few));
  errors.SavedModel = errorOf(await embedBySavedModel(exported, few));
  let backend: string | undefined;
  if (tools.chromium !== undefined) {
    const browser = await embedInBrowser(tools.chromium, exported, firstOf(images, BROWSER_IMAGES));
    errors['tfjs, Chromium'] = Math.max(errorOf(browser.rows), browser.verified);
    backend = browser.backend;
  }
  rmSync(work, { recursive: true });
  return { name: each.name, errors, versions: answers.versions, backend };
}
