import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportFormat } from '../../../config/export-formats.ts';
import { checkSavedModel } from '../../../interop/graphs/check-saved-model.ts';
import type { HostTensor } from '../../../runtime/host-tensor.ts';
import { runTfjsModel } from '../../../runtime/run-tfjs-model.ts';
import { openSavedModel } from '../../../runtime/saved-model.ts';
import { FORMAT_PATHS, type Manifest } from '../manifest.ts';
import { meansOf, relativeError } from './compare.ts';
import { firstRows, graphInput } from './graph-input.ts';
import type { VerificationPair } from './read-pair.ts';
import { runOnnx } from './run-onnx.ts';
import { runTorch } from './run-torch.ts';

/** What became of a format. */
export interface FormatResult {
  readonly format: ExportFormat;
  readonly state: 'same' | 'different' | 'failed' | 'not run';
  /** The largest error, relative to the largest feature of its image. */
  readonly error?: number | undefined;
  readonly limit?: number | undefined;
  /** How many images were run. */
  readonly images?: number | undefined;
  readonly note?: string | undefined;
}

/** Largest relative errors that are taken for rounding: of weights in our own network, and of graphs elsewhere. */
const LIMITS = { torchvision: 1e-4, timm: 1e-4, onnx: 1e-3, savedmodel: 1e-3, tfjs: 1e-3 } as const;

/** Side from which TensorFlow.js, whose CPU backend takes seconds for one, gets fewer images. */
const SLOW_SIZE = 96;
const FEW = 1;

type Outputs = Readonly<Record<string, HostTensor>>;

async function runSavedModel(path: string, input: HostTensor): Promise<Outputs> {
  checkSavedModel(await readFile(join(path, 'saved_model.pb')));
  const model = openSavedModel(path, { device: 'cpu' });
  try {
    return await model.run({ [input.dtype === 'uint8' ? 'images' : 'input']: input });
  } finally {
    model.close();
  }
}

/** What a format makes of images; undefined where it can't be run here. */
async function outputsOf(
  format: ExportFormat,
  path: string,
  manifest: Manifest,
  images: HostTensor,
  signal: AbortSignal,
): Promise<Outputs | undefined> {
  switch (format) {
    case 'torchvision':
    case 'timm':
      return runTorch(path, manifest, images);
    case 'onnx':
      return runOnnx(path, graphInput(images, manifest, 'nchw'));
    case 'savedmodel':
      return runSavedModel(path, graphInput(images, manifest, 'nhwc'));
    case 'tfjs':
      return runTfjsModel({ folder: path, input: graphInput(images, manifest, 'nhwc') }, signal);
  }
}

/** The largest error of what is expected, as far as a format gives it. */
function errorOf(outputs: Outputs, { expected }: VerificationPair, format: ExportFormat): number {
  const errors = Object.entries(outputs).map(([name, tensor]) => {
    const isMap = tensor.shape.length === 4;
    const found = isMap ? meansOf(tensor, format === 'onnx' ? 'nchw' : 'nhwc') : tensor;
    const wanted = expected[name === 'embedding' ? 'features' : name];
    return wanted === undefined ? Infinity : relativeError(found, wanted);
  });
  return errors.length === 0 ? Infinity : Math.max(...errors);
}

/** Runs a format of an export on its verification images and compares. */
export async function runFormat(
  format: ExportFormat,
  folder: string,
  manifest: Manifest,
  pair: VerificationPair,
  signal: AbortSignal,
): Promise<FormatResult> {
  const isSlow = format === 'tfjs' && manifest.encoder.size >= SLOW_SIZE;
  const images = isSlow ? firstRows(pair.images, FEW) : pair.images;
  try {
    const outputs = await outputsOf(format, join(folder, FORMAT_PATHS[format]), manifest, images, signal);
    if (outputs === undefined) {
      const note = 'ONNX Runtime is not installed here: npm install --no-save onnxruntime-node';
      return { format, state: 'not run', note };
    }
    const error = errorOf(outputs, pair, format);
    const limit = LIMITS[format];
    return { format, state: error <= limit ? 'same' : 'different', error, limit, images: images.shape[0] };
  } catch (error) {
    if (signal.aborted) throw error;
    return { format, state: 'failed', note: (error as Error).message };
  }
}
