import { cApi, type Output, withStatus } from './c-api.ts';
import { recordedConvolutions } from './convolution.ts';
import { filterGradient } from './filter-gradient.ts';
import { fixGradientShapes } from './gradient-shapes.ts';
import { orderGradientSums } from './gradient-sums.ts';
import { readReluOutputs } from './relu-gradients.ts';
import { currentGraph, outputOf, type Tensor, type Tensors, tensorOf, tf } from './tf.ts';

/** The gradients of several outputs, weighted by those given, with respect to `xs`; undefined where nothing depends. */
function differentiate(
  ys: readonly Tensor[],
  xs: readonly Tensor[],
  weights?: readonly Tensor[],
): (Tensor | undefined)[] {
  // TensorFlow fails when it is asked for the gradient of what the outputs were not computed from.
  const isAncestor = currentGraph().ancestry(ys.map(outputOf));
  const reached = xs.map(outputOf).filter(isAncestor);
  if (reached.length === 0) return xs.map(() => undefined);
  const results: Output[] = reached.map(() => ({ oper: null, index: 0 }));
  const prefix = currentGraph().uniqueName('gradients');
  withStatus('differentiate', (status) =>
    cApi().TF_AddGradientsWithPrefix(
      currentGraph().pointer,
      prefix,
      ys.map(outputOf),
      ys.length,
      reached,
      reached.length,
      weights?.map(outputOf) ?? null,
      status,
      results,
    ),
  );
  orderGradientSums(prefix);
  fixGradientShapes(prefix);
  return xs.map((x) => {
    const result = results[reached.indexOf(outputOf(x))];
    return result === undefined || result.oper === null ? undefined : tensorOf(result);
  });
}

/**
 * The gradient of `y` (a scalar, or weighted by `outputGradient` of y's shape) with respect to every tensor of `xs`.
 *
 * TensorFlow adds the backward operations to the graph, but for those of convolution filters, which have a faster form
 * here. Throws an Error that names the tensors that y does not depend on.
 */
export function gradients(y: Tensor, xs: Tensors, outputGradient?: Tensor): Record<string, Tensor> {
  const names = Object.keys(xs);
  const inputs = Object.values(xs);
  const convolutions = recordedConvolutions();
  // One pass gives the gradients of the inputs, and of every convolution's output.
  const all = differentiate(
    [y],
    [...inputs, ...convolutions.map((convolution) => convolution.y)],
    outputGradient && [outputGradient],
  );
  const reached = convolutions.flatMap((convolution, i) => {
    const dy = all[inputs.length + i];
    return dy === undefined ? [] : [{ convolution, dy }];
  });
  const filters = reached.map(({ convolution }) => convolution.filter);
  const isInput = (filter: Tensor): boolean => inputs.some((input) => outputOf(input) === outputOf(filter));
  const formed = reached.map(({ convolution, dy }) => filterGradient(convolution, dy));
  // Filters that were computed from the inputs.
  const computed = filters.map((filter, i) => ({ filter, i })).filter(({ filter }) => !isInput(filter));
  const throughFilters = differentiate(
    computed.map(({ filter }) => filter),
    inputs,
    computed.map(({ i }) => formed[i] as Tensor),
  );
  const missing: string[] = [];
  const entries = names.map((name, at): [string, Tensor] => {
    const own = filters.flatMap((filter, i) =>
      outputOf(filter) === outputOf(inputs[at] as Tensor) ? [formed[i]] : [],
    );
    const parts = [all[at], throughFilters[at], ...own].filter((part) => part !== undefined);
    const [first, ...rest] = parts;
    if (first === undefined) {
      missing.push(name);
      return [name, y];
    }
    return [name, rest.reduce((sum, part) => tf.add(sum, part), first)];
  });
  readReluOutputs();
  if (missing.length > 0) throw new Error(`The result does not depend on: ${missing.join(', ')}.`);
  return Object.fromEntries(entries);
}
