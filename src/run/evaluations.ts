import type { RunConfig } from '../config/run-config.ts';
import { viewSettings } from '../config/views.ts';
import {
  type Evaluation,
  type EvaluationInput,
  evaluateKnn,
  evaluateLinearProbe,
  type Subject,
} from '../evaluate/evaluation.ts';
import { whileFrozen } from '../evaluate/fingerprint.ts';
import { pixelFeatures } from '../evaluate/pixels.ts';
import type { HostTensor } from '../runtime/host-tensor.ts';
import { UserError } from '../util/errors.ts';
import { type Embed, embedWith, labelledFeatures } from './features.ts';
import { evaluationLayout, type RunImages } from './images.ts';
import { sessionOptions } from './session-options.ts';
import { createEncoderProgram } from './training-program.ts';

/** The protocols. */
export type EvaluationKind = 'knn' | 'linear-probe';

const SUBJECTS: Readonly<Record<Subject, string>> = {
  pretrained: 'pretrained encoder',
  untrained: 'untrained encoder',
  pixels: 'raw pixels',
};

/** What is evaluated, how, and who listens. */
export interface EvaluationRequest {
  readonly config: RunConfig;
  readonly images: RunImages;
  readonly kinds: readonly EvaluationKind[];
  readonly subject: Subject;
  /** Completed epochs behind the encoder. */
  readonly epoch?: number;
  readonly signal: AbortSignal;
  readonly onStatus?: (text: string) => void;
  /** Hears why one protocol could not be carried out, and the others go on; without it that is thrown. */
  readonly onFailure?: (text: string) => void | Promise<void>;
}

/** Why a run's images allow no evaluation; undefined when they do. */
export function evaluationObstacle({ train, test }: RunImages): string | undefined {
  if (train.source.labels === undefined) return 'the images have no labels';
  if (test === undefined) return 'there are no test images';
  if (test.source.labels === undefined) return 'the test images have no labels';
  return undefined;
}

/** Evaluates features as `embed` gives them, one protocol after the other. */
export async function evaluateFeatures(request: EvaluationRequest, embed: Embed): Promise<Evaluation[]> {
  const { config, images, kinds, subject, epoch, signal, onStatus } = request;
  const layout = evaluationLayout(images);
  if (!images.test) throw new Error('Expected test images.');
  onStatus?.(`features (${SUBJECTS[subject]})`);
  const train = await labelledFeatures(images.train, layout, config, embed, signal);
  const test = await labelledFeatures(images.test, layout, config, embed, signal);
  const session = sessionOptions(config);
  const input: EvaluationInput = { subject, train, test, session, signal, ...(epoch !== undefined && { epoch }) };
  const evaluations: Evaluation[] = [];
  const label = SUBJECTS[subject];
  for (const kind of kinds) {
    onStatus?.(`${kind} (${label})`);
    try {
      const evaluation =
        kind === 'knn'
          ? await evaluateKnn(input, config.evaluate.knn)
          : await evaluateLinearProbe(input, {
              onProgress: ({ fit, fits }) => onStatus?.(`linear probe (${label}), fit ${fit} of ${fits}`),
            });
      evaluations.push(evaluation);
    } catch (error) {
      if (!(error instanceof UserError) || !request.onFailure) throw error;
      await request.onFailure(`no ${kind} of the ${label}: ${error.message}`);
    }
  }
  return evaluations;
}

/** Evaluates an encoder's tensors, and makes sure that they and their statistics stay what they are. */
export async function evaluateEncoder(
  request: EvaluationRequest,
  encoder: Readonly<Record<string, HostTensor>>,
): Promise<Evaluation[]> {
  const layout = evaluationLayout(request.images);
  const program = await createEncoderProgram(request.config, layout, encoder);
  try {
    const embed = embedWith(program, request.config, layout);
    const { result, fingerprint } = await whileFrozen(
      () => program.read(),
      () => evaluateFeatures(request, embed),
    );
    return result.map((each) => ({ ...each, protocol: { ...each.protocol, encoderSha256: fingerprint } }));
  } finally {
    program.close();
  }
}

/** Evaluates the pixels themselves. */
export function evaluatePixels(request: Omit<EvaluationRequest, 'subject'>): Promise<Evaluation[]> {
  const { mean, std } = viewSettings(request.config.views)[0].normalize;
  return evaluateFeatures({ ...request, subject: 'pixels' }, async (images) => pixelFeatures(images, mean, std));
}
