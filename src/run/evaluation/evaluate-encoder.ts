import type { EvaluateConfig } from '../../config/run-config.ts';
import { describeTransform } from '../../data/pixels/evaluation-transform.ts';
import type { SkippedImage } from '../../data/sources/bad-images.ts';
import {
  type Evaluation,
  type EvaluationInput,
  evaluateKnn,
  evaluateLinearProbe,
  type Subject,
} from '../../evaluate/evaluation.ts';
import { whileFrozen } from '../../evaluate/frozen-encoder.ts';
import type { LabelledFeatures } from '../../evaluate/labelled-features.ts';
import { pixelFeatures } from '../../evaluate/pixels.ts';
import { evaluationTitle } from '../../report/event-text.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { UserError } from '../../util/errors.ts';
import type { EvaluationParts } from '../assembly/resolve-run.ts';
import { type Embed, embedWith } from '../encoder/embed-images.ts';
import { createEncoderProgram } from '../encoder/encoder-program.ts';
import type { ImageSet } from '../images/run-images.ts';
import { labelledFeatures } from './features-of-split.ts';
import type { EvaluatedSplit, LeftOut } from './left-out.ts';

/** The protocols. */
export type EvaluationKind = 'knn' | 'linear-probe';

const SUBJECTS: Readonly<Record<Subject, string>> = {
  pretrained: 'pretrained encoder',
  start: 'starting weights',
  untrained: 'untrained encoder',
  pixels: 'raw pixels',
};

/** The protocols that settings ask for when training has ended. */
export function evaluationKinds({ knn, linearProbe }: EvaluateConfig): readonly EvaluationKind[] {
  return [...(knn.everyEpochs > 0 ? (['knn'] as const) : []), ...(linearProbe ? (['linear-probe'] as const) : [])];
}

/** What is evaluated, and who listens. */
export interface EvaluationRequest {
  readonly kinds: readonly EvaluationKind[];
  readonly subject: Subject;
  /** Completed epochs behind the encoder. */
  readonly epoch?: number | undefined;
  readonly signal: AbortSignal;
  /** Hears what is done at present, and how much of it: images, or fits of a probe; a total of 0 can't be counted. */
  readonly onProgress?: ((label: string, done: number, total: number) => void) | undefined;
  /** Which encoder it is, of how many that are evaluated one after the other; left out where it is the only one. */
  readonly part?: { readonly number: number; readonly of: number } | undefined;
  /** Hears why one protocol could not be carried out, and the others go on; without it that is thrown. */
  readonly onFailure?: ((text: string) => void | Promise<void>) | undefined;
  /** Hears of bad images; without it they are left out in silence. */
  readonly leftOut?: LeftOut | undefined;
}

/** The features of both splits, whose bad images are told. */
async function featuresOf(
  { images, ...reading }: EvaluationParts,
  { signal, leftOut }: EvaluationRequest,
  embed: Embed,
  onProgress: (done: number, total: number) => void,
): Promise<Record<'train' | 'test', LabelledFeatures>> {
  const total = images.train.source.count + (images.test?.source.count ?? 0);
  let done = 0;
  const onImages = (count: number): void => {
    done += count;
    onProgress(done, total);
  };
  onProgress(0, total);
  const split = async (name: EvaluatedSplit, set: ImageSet): Promise<LabelledFeatures> => {
    const bad: SkippedImage[] = [...(set.loaded?.skipped ?? [])];
    const features = await labelledFeatures(set, reading, embed, signal, (image) => bad.push(image), onImages);
    await leftOut?.tell(name, bad, set.source.count);
    return features;
  };
  if (!images.test) throw new Error('Expected test images.');
  return { train: await split('training', images.train), test: await split('test', images.test) };
}

/** Evaluates features as `embed` gives them, one protocol after the other. */
export async function evaluateFeatures(
  parts: EvaluationParts,
  request: EvaluationRequest,
  embed: Embed,
): Promise<Evaluation[]> {
  const { session, knn } = parts;
  const { kinds, subject, epoch, signal, onProgress, onFailure, part } = request;
  const label = SUBJECTS[subject];
  const which = part === undefined ? label : `${label} (${part.number} of ${part.of})`;
  const told = (what: string) => (done: number, total: number) =>
    onProgress?.(`evaluating ${which}: ${what}`, done, total);
  const failed = async (what: string, error: unknown): Promise<void> => {
    if (!(error instanceof UserError) || !onFailure) throw error;
    await onFailure(`no ${what} of the ${label}: ${error.message}`);
  };
  const [only, ...others] = kinds.map(evaluationTitle);
  const onFeatures = told(others.length === 0 && only !== undefined ? only : 'features');
  const sets = await featuresOf(parts, request, embed, onFeatures).catch((error: unknown) =>
    failed('evaluation', error),
  );
  if (sets === undefined) return [];
  const transform = describeTransform(parts.view.transform);
  const input: EvaluationInput = { subject, transform, ...sets, session, signal, epoch };
  const evaluations: Evaluation[] = [];
  for (const kind of kinds) {
    const tell = told(evaluationTitle(kind));
    tell(0, 0);
    try {
      const evaluation =
        kind === 'knn'
          ? await evaluateKnn(input, knn)
          : await evaluateLinearProbe(input, {
              onProgress: ({ fit, fits }) => tell(fit, fits),
            });
      evaluations.push(evaluation);
    } catch (error) {
      await failed(kind, error);
    }
  }
  return evaluations;
}

/** Evaluates an encoder's tensors, and makes sure that they and their statistics stay what they are. */
export async function evaluateEncoder(
  parts: EvaluationParts,
  request: EvaluationRequest,
  encoder: Readonly<Record<string, HostTensor>>,
): Promise<Evaluation[]> {
  const program = await createEncoderProgram(parts, encoder);
  try {
    const { result, fingerprint } = await whileFrozen(
      () => program.read(),
      () => evaluateFeatures(parts, request, embedWith(program, parts.view)),
    );
    return result.map((each) => ({ ...each, protocol: { ...each.protocol, encoderSha256: fingerprint } }));
  } finally {
    program.close();
  }
}

/** Evaluates the pixels themselves. */
function evaluatePixels(parts: EvaluationParts, request: EvaluationRequest): Promise<Evaluation[]> {
  const { mean, std } = parts.view.normalization;
  return evaluateFeatures(parts, request, async (images) => pixelFeatures(images, mean, std));
}

/** The tensors of an encoder (`backbone.*`), trained and before its first step. */
export interface EncoderTensors {
  readonly trained: Readonly<Record<string, HostTensor>>;
  /** Evaluated too, with the raw pixels, as the floors that the trained one has to beat; undefined: no floors. */
  readonly untrained: Readonly<Record<string, HostTensor>> | undefined;
}

/** What {@link evaluateWithFloors} is asked for. */
export interface FloorsRequest extends Omit<EvaluationRequest, 'subject' | 'part'> {
  /** Whether an evaluation has been made before, and is left out. */
  readonly isMade?: ((subject: Subject, kind: EvaluationKind) => boolean) | undefined;
}

/** Evaluates a trained encoder, then its floors. Evaluations come as they are made. */
export async function* evaluateWithFloors(
  parts: EvaluationParts,
  { isMade = () => false, ...request }: FloorsRequest,
  { trained, untrained }: EncoderTensors,
): AsyncGenerator<Evaluation> {
  const part = (number: number) => (untrained === undefined ? undefined : { number, of: 3 });
  const missing = (subject: Subject) => request.kinds.filter((kind) => !isMade(subject, kind));
  const asked = (subject: Subject, number: number): EvaluationRequest => {
    const epoch = subject === 'pretrained' ? request.epoch : undefined;
    return { ...request, kinds: missing(subject), subject, epoch, part: part(number) };
  };
  if (missing('pretrained').length > 0) yield* await evaluateEncoder(parts, asked('pretrained', 1), trained);
  if (untrained === undefined) return;
  if (missing('untrained').length > 0) yield* await evaluateEncoder(parts, asked('untrained', 2), untrained);
  if (missing('pixels').length > 0) yield* await evaluatePixels(parts, asked('pixels', 3));
}
