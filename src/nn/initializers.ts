import { elementCount } from '../runtime/host-tensor.ts';
import type { Random } from '../util/rng.ts';

/** Draws the initial values of a variable of the given shape, row-major. */
export type Initializer = (shape: readonly number[], random: Random) => Float32Array;

/** Every value equal to `value`. */
export function constant(value: number): Initializer {
  return (shape) => new Float32Array(elementCount(shape)).fill(value);
}

/** Uniform in (-bound, bound). */
export function uniform(bound: number): Initializer {
  return (shape, random) =>
    Float32Array.from({ length: elementCount(shape) }, () => (2 * random.uniform() - 1) * bound);
}

/** Uniform with the variance 2 / (inputs + outputs) of Glorot and Bengio (2010): PyTorch's xavier_uniform_. */
export function xavierUniform(inputs: number, outputs: number): Initializer {
  return uniform(Math.sqrt(6 / (inputs + outputs)));
}

/** Normal with mean 0. */
export function normal(deviation: number): Initializer {
  return (shape, random) => Float32Array.from({ length: elementCount(shape) }, () => random.normal() * deviation);
}

/** The published choices for convolution filters. */
export type ConvolutionInit = 'he-fan-out' | 'torch';

/**
 * The initializer of a convolution filter [kh, kw, in, out].
 *
 * `he-fan-out`: normal with deviation sqrt(2 / (kh kw out)) (He et al. 2015, as torchvision's ResNets);
 * `torch`: uniform with bound 1 / sqrt(kh kw in), the default of PyTorch's Conv2d.
 */
export function convolutionInitializer(
  init: ConvolutionInit,
  kernel: number,
  input: number,
  output: number,
): Initializer {
  return init === 'torch'
    ? uniform(1 / Math.sqrt(kernel * kernel * input))
    : normal(Math.sqrt(2 / (kernel * kernel * output)));
}
