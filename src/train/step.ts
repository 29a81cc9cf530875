import type { Method } from '../methods/method.ts';
import { lookupIn } from '../nn/layer.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { gradients } from '../runtime/gradients.ts';
import type { StepResult } from '../runtime/program.ts';
import type { Tensor, Tensors } from '../runtime/tf.ts';

/** Names of the parameters that a method's optimizer moves. */
export function parameterNames({ variables }: Method): string[] {
  return Object.keys(variables).filter((name) => variables[name]?.kind === 'parameter');
}

/**
 * One training step as a pure function: views -> loss -> gradients -> new parameters, slots and buffers.
 *
 * `views` are two tensors [n, size, size, 3]; `learningRate` is a scalar. The outputs are the loss and the method's metrics.
 */
export function trainStep(
  method: Method,
  optimizer: Optimizer,
  state: Tensors,
  views: readonly [Tensor, Tensor],
  learningRate: Tensor,
): StepResult {
  const lookup = lookupIn(state);
  const { loss, state: buffers, metrics } = method.forward(lookup, views);
  const parameters = Object.fromEntries(parameterNames(method).map((name) => [name, lookup(name)]));
  const moved = optimizer.update(parameters, gradients(loss, parameters), lookup, learningRate);
  return { outputs: { loss, ...metrics }, state: { ...moved, ...buffers } };
}
