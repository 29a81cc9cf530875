import type { VariableSpecs } from '../nn/layer.ts';
import type { HostTensor } from '../runtime/host-tensor.ts';
import { randomStream } from '../util/rng.ts';

/**
 * Initial values: each variable has a random stream of its own, so that adding one changes no other; a copy has its
 * original's.
 */
export function initialValues(variables: VariableSpecs, seed: number): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, { shape, initialize, copyOf }]) => [
      name,
      {
        dtype: 'float32',
        shape,
        data: initialize(shape, randomStream(seed, hashName(copyOf ?? name), INITIAL_VALUES)),
      },
    ]),
  );
}

/**
 * Values with some of them replaced, and with these their copies: a target network goes on starting as its original
 * does.
 */
export function withGiven(
  variables: VariableSpecs,
  values: Readonly<Record<string, HostTensor>>,
  given: Readonly<Record<string, HostTensor>>,
): Record<string, HostTensor> {
  const replaced = Object.entries(variables).flatMap(([name, { copyOf }]) => {
    const value = given[copyOf ?? name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...values, ...Object.fromEntries(replaced) };
}

/** Keeps the streams of initial values apart from those of orders and views. */
const INITIAL_VALUES = 0x494e4954;

/** FNV-1a, 32 bits. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
