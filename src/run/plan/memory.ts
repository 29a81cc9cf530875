import { elementCount } from '../../runtime/host-tensor.ts';
import type { StepParts } from '../../train/step.ts';
import { describeModel, type Model, type ModelDescription } from '../assembly/model.ts';

/** Bytes that a run takes, without TensorFlow's own workspaces. */
export interface MemoryEstimate {
  /** Weights and their gradients, and what method and optimizer keep: float32. */
  readonly state: number;
  /** What the layers of one step keep for the backward pass. */
  readonly activations: number;
  /** Decoded images that are kept, on the host. */
  readonly images: number;
}

/** Bytes of a checkpoint: all variables, and the slots of the optimizer. */
export function checkpointBytes({ method, optimizer }: Pick<StepParts, 'method' | 'optimizer'>): number {
  const { all, trained } = sizesOf(method.variables);
  return 4 * (all + optimizer.slots.length * trained);
}

function sizesOf(variables: StepParts['method']['variables']): { readonly all: number; readonly trained: number } {
  const sizes = Object.values(variables).map(({ kind, shape }) => ({ kind, size: elementCount(shape) }));
  const sum = (of: typeof sizes): number => of.reduce((total, { size }) => total + size, 0);
  return { all: sum(sizes), trained: sum(sizes.filter(({ kind }) => kind === 'parameter')) };
}

/** What the estimate is made from. */
export interface MemoryParts {
  readonly model: Model;
  readonly step: StepParts;
  /** Images of one batch. */
  readonly batchSize: number;
  /** Sides in pixels of all views of one image. */
  readonly viewSizes: readonly number[];
  /** Bytes of decoded images. */
  readonly images: number;
}

/** Estimates what training takes, from shapes alone. */
export function estimateMemory(
  { model, step, batchSize, viewSizes, images }: MemoryParts,
  description: ModelDescription = describeModel(model, viewSizes),
): MemoryEstimate {
  const { trained } = sizesOf(step.method.variables);
  const gradients = (step.batches ?? 1) > 1 ? 2 : 1;
  const share = model.precision === 'float32' ? 1 : 0.5;
  return {
    state: checkpointBytes(step) + 4 * gradients * trained,
    activations: batchSize * description.activationBytesPerImage * share,
    images,
  };
}
