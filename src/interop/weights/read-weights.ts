import { readSafetensors } from '../../checkpoint/safetensors-read.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';

/** A file of weights. */
export interface WeightsFile {
  readonly path: string;
  readonly kind: 'checkpoint' | 'export' | 'safetensors' | 'torch';
  readonly layout: 'tensorflow' | 'torch';
  /** Names as in the file. */
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** What people should know of it. */
  readonly notes: readonly string[];
}

/** Reads a file of weights. */
export async function readWeights(path: string): Promise<WeightsFile> {
  const { tensors, metadata } = await readSafetensors(path);
  const kind = 'progress' in metadata ? 'checkpoint' : 'encoder' in metadata ? 'export' : 'safetensors';
  return { path, kind, layout: kind === 'checkpoint' ? 'tensorflow' : 'torch', tensors, metadata, notes: [] };
}
