import { cApi, type Output, withStatus } from './c-api.ts';
import { currentGraph, outputOf, type Tensor, type Tensors, tensorOf } from './tf.ts';

let calls = 0;

/**
 * The gradient of `y` (a scalar, or weighted by `outputGradient` of y's shape) with respect to every tensor of `xs`.
 *
 * TensorFlow adds the backward operations to the graph. Throws an Error that names the tensors that y does not depend on.
 */
export function gradients(y: Tensor, xs: Tensors, outputGradient?: Tensor): Record<string, Tensor> {
  const names = Object.keys(xs);
  const inputs = names.map((name) => outputOf(xs[name] as Tensor));
  const results: Output[] = names.map(() => ({ oper: null, index: 0 }));
  withStatus('differentiate', (status) =>
    cApi().TF_AddGradientsWithPrefix(
      currentGraph().pointer,
      `gradients_${calls++}`,
      [outputOf(y)],
      1,
      inputs,
      inputs.length,
      outputGradient ? [outputOf(outputGradient)] : null,
      status,
      results,
    ),
  );
  const missing = names.filter((_, i) => results[i]?.oper === null);
  if (missing.length > 0) throw new Error(`The result does not depend on: ${missing.join(', ')}.`);
  return Object.fromEntries(names.map((name, i) => [name, tensorOf(results[i] as Output)]));
}
