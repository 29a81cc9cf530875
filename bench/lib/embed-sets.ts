import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeCheckpoint } from '../../src/checkpoint/checkpoint.ts';
import { parseAssignment } from '../../src/config/assignment.ts';
import { formatConfig } from '../../src/config/format-config.ts';
import { bareConfig } from '../../src/config/load.ts';
import { evaluationTransform } from '../../src/data/pixels/evaluation-transform.ts';
import { npyHeader } from '../../src/interop/tables/npy-header.ts';
import { buildParts, initialState } from '../../src/run/assembly/resolve-run.ts';

/** A run folder with one checkpoint of random weights, with these settings; nothing was trained. */
export async function layRun(folder: string, settings: readonly string[]): Promise<string> {
  const config = bareConfig(['data.path=/', ...settings].map(parseAssignment));
  const parts = buildParts(config);
  mkdirSync(join(folder, 'checkpoints'), { recursive: true });
  writeFileSync(join(folder, 'config.yaml'), formatConfig(config));
  const { seed, configHash, settings: recorded } = parts.identity;
  await writeCheckpoint(join(folder, 'checkpoints', 'step-00000000.safetensors'), {
    tensors: initialState(parts),
    progress: { step: 0, epoch: 0, seed, configHash, settings: recorded },
    toolVersion: 'bench',
  });
  return folder;
}

/** Pixels of the short side before the crop, for images of a size. */
export function resizeFor(size: number): number {
  return evaluationTransform(size, 'bicubic').resize;
}

/** A .npy file of so many different images of `size` pixels. */
export function layArray(path: string, count: number, size: number): string {
  const pixels = Buffer.alloc(count * size * size * 3);
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.imul(i, 2_654_435_761) >>> 24;
  writeFileSync(path, Buffer.concat([npyHeader('|u1', [count, size, size, 3]), pixels]));
  return path;
}
