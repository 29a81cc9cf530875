import { createHash } from 'node:crypto';
import type { HostTensor } from '../runtime/host-tensor.ts';

/** The SHA-256 of named tensors: names, shapes, types and every byte, in the order of the names. */
export function fingerprint(tensors: Readonly<Record<string, HostTensor>>): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(tensors).sort()) {
    const { dtype, shape, data } = tensors[name] as HostTensor;
    hash.update(`${JSON.stringify([name, dtype, shape])}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/**
 * Runs `evaluate` between two fingerprints of the encoder, its BatchNorm statistics included.
 *
 * Throws an Error when they differ: a frozen encoder that moved makes its scores worthless.
 */
export async function whileFrozen<T>(
  read: () => Promise<Readonly<Record<string, HostTensor>>>,
  evaluate: () => Promise<T>,
): Promise<{ readonly result: T; readonly fingerprint: string }> {
  const before = fingerprint(await read());
  const result = await evaluate();
  const after = fingerprint(await read());
  if (before !== after) {
    throw new Error(`Expected the frozen encoder to stay at ${before}, got ${after} after the evaluation.`);
  }
  return { result, fingerprint: before };
}
