import type { Forward, Method } from '../methods/method.ts';
import { updated } from '../methods/networks.ts';
import { type Lookup, lookupIn } from '../nn/layer.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { gradients } from '../runtime/gradients.ts';
import type { HostTensor } from '../runtime/host-tensor.ts';
import type { StepResult } from '../runtime/program.ts';
import { type Tensor, type Tensors, tf } from '../runtime/tf.ts';
import { accumulate, gather, initialAccumulation } from './accumulate.ts';
import { allFinite, initialLossScale, keepIfGood, lossScaleOf, nextLossScale } from './loss-scale.ts';

/** What moves in a step, and how. */
export interface StepParts {
  readonly method: Method;
  readonly optimizer: Optimizer;
  /** Batches whose mean gradient makes one step. */
  readonly batches?: number | undefined;
  /** Scale the loss, and leave a step out whose gradients overflow: for float16. */
  readonly scalesLoss?: boolean | undefined;
}

/** The views of a batch, and the method's random inputs. */
export interface BatchTensors {
  readonly views: readonly Tensor[];
  readonly inputs?: Tensors | undefined;
}

/** Scalars of a step: the learning rate, and 1 - decay of a target network. */
export interface StepScalars {
  readonly learningRate: Tensor;
  readonly emaStep: Tensor;
}

/** Names of the parameters that a method's optimizer moves. */
export function parameterNames({ variables }: Method): string[] {
  return Object.keys(variables).filter((name) => variables[name]?.kind === 'parameter');
}

/** What a step needs besides the method's variables, before the first: slots, sums, loss scale; n images a batch. */
export function initialStepState(parts: StepParts, n: number): Record<string, HostTensor> {
  const { method, optimizer, batches = 1, scalesLoss = false } = parts;
  const shapes = Object.fromEntries(parameterNames(method).map((name) => [name, method.variables[name]?.shape ?? []]));
  return {
    ...optimizer.initialize(shapes),
    ...initialAccumulation(method, n, batches),
    ...(scalesLoss && initialLossScale()),
  };
}

interface Differentiated extends Forward {
  readonly gradients: Record<string, Tensor>;
  readonly parameters: Tensors;
}

function differentiate({ method, scalesLoss }: StepParts, lookup: Lookup, batch: BatchTensors): Differentiated {
  const forward = method.forward(lookup, batch.views, batch.inputs ?? {});
  const parameters = Object.fromEntries(parameterNames(method).map((name) => [name, lookup(name)]));
  if (!scalesLoss) return { ...forward, parameters, gradients: gradients(forward.loss, parameters) };
  const scale = lossScaleOf(lookup);
  const scaled = gradients(tf.mul(forward.loss, scale), parameters);
  return {
    ...forward,
    parameters,
    gradients: Object.fromEntries(Object.entries(scaled).map(([name, gradient]) => [name, tf.div(gradient, scale)])),
  };
}

/** A batch of a step but its last: gradients are summed, BatchNorm's statistics move, nothing else does. */
export function accumulateStep(parts: StepParts, state: Tensors, batch: BatchTensors): StepResult {
  const lookup = lookupIn(state);
  const { loss, metrics, buffers, gradients: found, collected = {} } = differentiate(parts, lookup, batch);
  const moved = parts.scalesLoss ? keepIfGood(allFinite(buffers), buffers, lookup) : buffers;
  return {
    outputs: { loss, ...metrics },
    state: { ...moved, ...accumulate(lookup, { gradients: found, collected }) },
  };
}

/**
 * One training step as a pure function: views -> loss -> gradients -> new parameters, slots, buffers, then what the
 * method moves after the optimizer (target network, queue).
 *
 * The outputs are scalars: the loss and the method's metrics; with loss scaling `lossScale`, and `skipped`, 1 for a
 * step that left no trace because a gradient was not finite.
 */
export function trainStep(parts: StepParts, state: Tensors, batch: BatchTensors, scalars: StepScalars): StepResult {
  const { method, optimizer, batches = 1, scalesLoss = false } = parts;
  const lookup = lookupIn(state);
  const found = differentiate(parts, lookup, batch);
  const { loss, metrics, buffers, parameters } = found;
  const whole = gather(lookup, { gradients: found.gradients, collected: found.collected ?? {} }, batches);
  const clipped = optimizer.clip(whole.gradients);
  const optimized = optimizer.update(parameters, clipped.gradients, lookup, scalars.learningRate);
  const moved = { ...buffers, ...optimized };
  const advanced = method.advance?.({
    before: lookup,
    after: updated(lookup, moved),
    collected: whole.collected,
    emaStep: scalars.emaStep,
  });
  const next = { ...moved, ...advanced };
  if (!scalesLoss) return { outputs: { loss, ...metrics, ...clipped.metrics }, state: { ...next, ...whole.emptied } };
  const isGood = allFinite(whole.gradients);
  const scale = nextLossScale(lookup, isGood);
  return {
    outputs: {
      loss,
      ...metrics,
      ...clipped.metrics,
      lossScale: lossScaleOf(lookup),
      skipped: tf.sub(1, tf.cast(isGood, 'float32')),
    },
    state: { ...keepIfGood(isGood, next, lookup), ...whole.emptied, ...scale },
  };
}
