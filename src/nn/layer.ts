import { elementCount } from '../runtime/host-tensor.ts';
import type { Tensor, Tensors } from '../runtime/tf.ts';
import type { Initializer } from './initializers.ts';

/** How a network runs: with batch statistics and new running statistics, or with the stored ones. */
export interface Context {
  readonly mode: 'train' | 'eval';
  /**
   * In training, BatchNorm takes the rows in so many equal groups, as if each were on a device of its own (default: 1).
   */
  readonly batchNormGroups?: number | undefined;
}

/** Finds a variable of a layer by the layer's own name for it. */
export type Lookup = (name: string) => Tensor;

/** Finds tensors in a record by name; throws an Error that names a missing one. */
export function lookupIn(tensors: Tensors): Lookup {
  return (name) => {
    const value = tensors[name];
    if (!value) throw new Error(`The state has no tensor '${name}'.`);
    return value;
  };
}

/** A variable that a layer owns; buffers move by assignment and never by gradient. */
export interface VariableSpec {
  readonly shape: readonly number[];
  readonly kind: 'parameter' | 'buffer';
  readonly initialize: Initializer;
  /** The variable whose initial values this one shares. */
  readonly copyOf?: string | undefined;
}

export type VariableSpecs = Readonly<Record<string, VariableSpec>>;

/** The result of a layer: its output and new values for its buffers. */
export interface Applied {
  readonly y: Tensor;
  readonly buffers: Tensors;
}

/** What a layer does to one sample's shape ([h, w, c] or [c]) and how many values its outputs hold. */
export interface Trace {
  readonly shape: readonly number[];
  readonly activations: number;
}

/** A pure layer: named variables and a function of them. */
export interface Layer {
  readonly variables: VariableSpecs;
  apply(lookup: Lookup, x: Tensor, context: Context): Applied;
  trace(shape: readonly number[]): Trace;
}

/** A layer without variables that keeps or changes the shape by `reshape`. */
export function pure(
  compute: (x: Tensor) => Tensor,
  reshape: (shape: readonly number[]) => readonly number[] = (shape) => shape,
): Layer {
  return {
    variables: {},
    apply: (_, x) => ({ y: compute(x), buffers: {} }),
    trace: (input) => {
      const shape = reshape(input);
      return { shape, activations: elementCount(shape) };
    },
  };
}

/** The entries of a record with a prefix before every name. */
export function prefixed<T>(prefix: string, record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [`${prefix}${name}`, value]));
}

/** The lookup of a part whose names start with `prefix`. */
export function scoped(lookup: Lookup, prefix: string): Lookup {
  return (name) => lookup(`${prefix}${name}`);
}

/** Layers one after another; a variable is called `<key>.<name>`, or `<name>` under an empty key. */
export function sequential(layers: readonly (readonly [key: string, layer: Layer])[]): Layer {
  const prefixOf = (key: string): string => (key === '' ? '' : `${key}.`);
  return {
    variables: Object.assign({}, ...layers.map(([key, layer]) => prefixed(prefixOf(key), layer.variables))),
    apply(lookup, x, context) {
      let y = x;
      const buffers: Record<string, Tensor> = {};
      for (const [key, layer] of layers) {
        const applied = layer.apply(scoped(lookup, prefixOf(key)), y, context);
        y = applied.y;
        Object.assign(buffers, prefixed(prefixOf(key), applied.buffers));
      }
      return { y, buffers };
    },
    trace(input) {
      return layers.reduce<Trace>(
        ({ shape, activations }, [, layer]) => {
          const next = layer.trace(shape);
          return { shape: next.shape, activations: activations + next.activations };
        },
        { shape: input, activations: 0 },
      );
    },
  };
}
