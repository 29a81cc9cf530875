import type { Lookup } from '../nn/layer.ts';
import { float32, type HostTensor } from '../runtime/host-tensor.ts';
import { type Tensor, type Tensors, tf } from '../runtime/tf.ts';

/**
 * PyTorch's GradScaler: first scale, factors after good steps and after an overflow, and how many good steps it takes.
 */
const FIRST_SCALE = 65536;
const GROWTH = 2;
const BACKOFF = 0.5;
const GROWTH_INTERVAL = 2000;

const SCALE = 'lossScale.scale';
const GOOD_STEPS = 'lossScale.goodSteps';

/** Whether a name of the state is one of dynamic loss scaling, which float16 alone has. */
export function isLossScale(name: string): boolean {
  return name === SCALE || name === GOOD_STEPS;
}

/** The state of dynamic loss scaling before the first step. */
export function initialLossScale(): Record<string, HostTensor> {
  return { [SCALE]: float32([FIRST_SCALE], []), [GOOD_STEPS]: float32([0], []) };
}

/** The factor of the loss in this step, a scalar. */
export function lossScaleOf(lookup: Lookup): Tensor {
  return lookup(SCALE);
}

/** Whether every value of every tensor is finite, a boolean scalar; true of none. */
export function allFinite(tensors: Tensors): Tensor {
  const [first, ...rest] = Object.values(tensors).map((tensor) => tf.all(tf.isFinite(tensor)));
  return rest.reduce((a, b) => tf.logicalAnd(a, b), first ?? tf.scalar(true, 'bool'));
}

/** `next` where the step is good, else what was before: an overflow leaves no trace. */
export function keepIfGood(isGood: Tensor, next: Tensors, before: Lookup): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(next).map(([name, value]) => [name, tf.where(isGood, value, before(name))]));
}

/**
 * The scale and counter after a step (Micikevicius et al., arXiv:1710.03740, section 3.2, with PyTorch's GradScaler
 * constants).
 *
 * An overflow halves the scale; 2,000 good steps in a row double it.
 */
export function nextLossScale(lookup: Lookup, isGood: Tensor): Record<string, Tensor> {
  const [scale, before] = [lookup(SCALE), lookup(GOOD_STEPS)];
  const goodSteps = tf.add(before, 1);
  const grows = tf.greaterEqual(goodSteps, GROWTH_INTERVAL);
  return {
    [SCALE]: tf.where(isGood, tf.where(grows, tf.mul(scale, GROWTH), scale), tf.mul(scale, BACKOFF)),
    [GOOD_STEPS]: tf.where(tf.logicalAnd(isGood, tf.logicalNot(grows)), goodSteps, tf.zerosLike(goodSteps)),
  };
}
