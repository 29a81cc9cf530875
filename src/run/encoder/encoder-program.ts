import { makeViews } from '../../augment/make-views.ts';
import { viewInputSpecs } from '../../augment/view-inputs.ts';
import { type Layer, lookupIn, scoped } from '../../nn/layer.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { castTo } from '../../runtime/precision.ts';
import { createProgram, type Program, type ProgramFunction } from '../../runtime/program.ts';
import { warnOfMissingGpu } from '../assembly/missing-gpu.ts';
import type { EvaluationParts } from '../assembly/resolve-run.ts';
import { featureBatch } from '../views/evaluation-view.ts';
import { tensorsOfPart } from './restore-part.ts';

/** What features are computed by. */
export interface FeatureParts extends Pick<EvaluationParts, 'encoder' | 'view'> {
  /** The projector of a state, whose embeddings are wanted in place of features; its variables are `projector.*`. */
  readonly projector?: Layer | undefined;
}

/**
 * The encoder's features [count, featureSize] of uint8 images, with the stored BatchNorm statistics; `count` is an
 * evaluation's batch where it is left out.
 */
export function featureFunction(
  { encoder, projector, view: { plan } }: FeatureParts,
  count: number = featureBatch(plan.size),
): ProgramFunction {
  return {
    inputs: {
      images: { shape: [count, plan.size, plan.size, 3], dtype: 'uint8' },
      ...viewInputSpecs(count, plan),
    },
    build: (state, { images, ...draws }) => {
      if (!images) throw new Error('Expected images.');
      const views = castTo(makeViews(images, draws, plan), encoder.precision);
      const { y } = encoder.backbone.layer.apply(scoped(lookupIn(state), 'backbone.'), views, { mode: 'eval' });
      const embedding = projector?.apply(scoped(lookupIn(state), 'projector.'), y, { mode: 'eval' });
      return { outputs: { features: embedding?.y ?? y } };
    },
  };
}

/** The program of an evaluation: `features` over the encoder's variables alone. Warns where a GPU lies idle. */
export async function createEncoderProgram(
  parts: FeatureParts & Pick<EvaluationParts, 'session'>,
  tensors: Readonly<Record<string, HostTensor>>,
): Promise<Program> {
  const program = await createProgram({
    state: tensors,
    functions: { features: featureFunction(parts) },
    session: parts.session,
  });
  await warnOfMissingGpu(parts.session?.device, program.devices);
  return program;
}

/** The backbone's tensors of a state. */
export function encoderTensors(state: Readonly<Record<string, HostTensor>>): Record<string, HostTensor> {
  return tensorsOfPart(state, 'backbone');
}
