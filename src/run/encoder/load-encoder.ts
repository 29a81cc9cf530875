import { readFile } from 'node:fs/promises';
import { decodeResized } from '../../data/pixels/crops.ts';
import { DecodeProblem } from '../../data/pixels/decode-problem.ts';
import type { EvaluationTransform } from '../../data/pixels/evaluation-transform.ts';
import { extractFeatures } from '../../evaluate/extract-features.ts';
import { uint8 } from '../../runtime/host-tensor.ts';
import { createProgram } from '../../runtime/program.ts';
import { UserError } from '../../util/errors.ts';
import { buildModel } from '../assembly/model.ts';
import { sessionOptions } from '../assembly/session-options.ts';
import { evaluationDraws, evaluationView } from '../views/evaluation-view.ts';
import { featureFunction } from './encoder-program.ts';
import { openEncoder } from './open-encoder.ts';

/** Where an encoder lies: one of a run folder, a checkpoint and a file of weights. */
export interface EncoderSource {
  /** A run folder, whose newest good checkpoint is taken. */
  readonly run?: string | undefined;
  /** A checkpoint in its run folder. */
  readonly checkpoint?: string | undefined;
  /** An export of this tool, weights of torchvision or timm (`.safetensors`, `.pth`), or a checkpoint alone. */
  readonly weights?: string | undefined;
  /** Settings by their dotted names that replace what was found, such as `{ 'views.size': 96, device: 'cpu' }`. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
}

/** An encoder that computes features. */
export interface LoadedEncoder {
  /** The file that its weights come from. */
  readonly path: string;
  /** What was found, guessed and left out, for people. */
  readonly notes: readonly string[];
  /** Width of the features. */
  readonly featureSize: number;
  /** Side of the images that the network sees, in pixels. */
  readonly size: number;
  /**
   * Features float32 [n, featureSize], row by row, of image files (paths) or their contents: JPEG, PNG, WebP or PPM of
   * any size, resized and cropped as evaluations do.
   *
   * @throws UserError that names the image that can't be read.
   */
  embed(images: readonly (string | Uint8Array)[]): Promise<Float32Array>;
  /** The same of pixels that are resized and cropped already: uint8 [n, size, size, 3], RGB. */
  embedPixels(pixels: Uint8Array): Promise<Float32Array>;
  /** Frees what it holds; it can't be used afterwards. */
  close(): void;
}

/** Images that go through the network at once, of few and of many. */
const BATCHES = { one: 1, many: 32 } as const;

/**
 * Loads an encoder, to compute features in a program: `const { embed } = await loadEncoder({ run: 'runs/simclr' })`.
 *
 * @throws UserError where there is none, or where its weights don't fit its settings.
 */
export async function loadEncoder({ settings = {}, ...place }: EncoderSource): Promise<LoadedEncoder> {
  checkPlace(place);
  const assignments = Object.entries({ 'data.path': '.', ...settings })
    .filter(([key]) => place.weights !== undefined || key in settings)
    .map(([key, value]) => ({ label: `settings ${key}`, key, text: textOf(value) }));
  const { path, tensors, config, origin } = await openEncoder({ ...place, assignments });
  const model = buildModel(config);
  const view = evaluationView(config.views);
  const parts = { encoder: model, view };
  const program = await createProgram({
    state: tensors,
    functions: { one: featureFunction(parts, BATCHES.one), many: featureFunction(parts, BATCHES.many) },
    session: sessionOptions(config),
  });
  const { size } = view.transform;
  const draws = { one: evaluationDraws(view, BATCHES.one), many: evaluationDraws(view, BATCHES.many) };
  const embedPixels = async (pixels: Uint8Array): Promise<Float32Array> => {
    const count = pixels.length / (size * size * 3);
    if (!Number.isInteger(count)) {
      throw new RangeError(`Expected uint8 pixels [n, ${size}, ${size}, 3], got ${pixels.length} values.`);
    }
    // A batch of many that is mostly empty would take longer than its images one by one.
    const name = count < BATCHES.many / 4 ? 'one' : 'many';
    const run = async (batch: Uint8Array): Promise<Float32Array> => {
      const images = uint8(batch, [BATCHES[name], size, size, 3]);
      const { features } = await program.run(name, { images, ...draws[name] });
      return features?.data as Float32Array;
    };
    return (await extractFeatures(run, { data: pixels, count, height: size, width: size }, BATCHES[name])).features;
  };
  return {
    path,
    notes: origin.notes,
    featureSize: model.backbone.featureSize,
    size,
    async embed(images) {
      const features = new Float32Array(images.length * model.backbone.featureSize);
      for (let from = 0; from < images.length; from += BATCHES.many) {
        const batch = images.slice(from, from + BATCHES.many);
        const pixels = await Promise.all(batch.map((image, row) => preparePixels(image, from + row, view.transform)));
        features.set(await embedPixels(Buffer.concat(pixels)), from * model.backbone.featureSize);
      }
      return features;
    },
    embedPixels,
    close: () => program.close(),
  };
}

/** A value as `--set` takes it. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function checkPlace(place: Omit<EncoderSource, 'settings'>): void {
  const named = Object.entries(place).filter(([, path]) => path !== undefined);
  if (named.length === 1) return;
  const got = named.map(([name]) => name).join(' and ') || 'none of them';
  throw new UserError(`loadEncoder: expected one of run, checkpoint and weights, got ${got}`, { exitCode: 2 });
}

/** An image as the network sees it: uint8 [size, size, 3]. */
async function preparePixels(
  image: string | Uint8Array,
  index: number,
  { size, interpolation }: EvaluationTransform,
): Promise<Uint8Array> {
  const name = typeof image === 'string' ? image : `image ${index}`;
  const bytes = typeof image === 'string' ? await readFile(image).catch((error) => fail(name, error)) : image;
  return decodeResized(bytes, size, interpolation).catch((error) => fail(name, error));
}

function fail(name: string, cause: Error & { readonly code?: unknown }): never {
  if (!(cause instanceof DecodeProblem) && cause.code === undefined) throw cause;
  const reason = cause instanceof DecodeProblem ? cause.message : `${cause.code}`;
  throw new UserError(`expected an image, got one that can't be used: ${name}: ${reason}`, { cause });
}
