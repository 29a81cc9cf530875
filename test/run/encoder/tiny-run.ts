import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeCheckpoint } from '../../../src/checkpoint/checkpoint.ts';
import { parseAssignment } from '../../../src/config/assignment.ts';
import { formatConfig } from '../../../src/config/format-config.ts';
import { bareConfig } from '../../../src/config/load.ts';
import { buildParts, initialState, type RunParts } from '../../../src/run/assembly/resolve-run.ts';
import type { HostTensor } from '../../../src/runtime/host-tensor.ts';

/** A run folder with one checkpoint, after 3 epochs, of a network with random values; `settings` are `key=value`. */
export async function writeTinyRun(
  run: string,
  ...settings: readonly string[]
): Promise<{ checkpoint: string; parts: RunParts; state: Record<string, HostTensor> }> {
  const assignments = ['data.path=/images', 'backbone.width=4', 'views.size=16', ...settings].map(parseAssignment);
  const config = bareConfig(assignments);
  const parts = buildParts(config);
  mkdirSync(join(run, 'checkpoints'), { recursive: true });
  writeFileSync(join(run, 'config.yaml'), formatConfig(config));
  const checkpoint = join(run, 'checkpoints', 'step-00000009.safetensors');
  const { seed, configHash, settings: recorded } = parts.identity;
  const progress = { step: 9, epoch: 3, seed, configHash, settings: recorded };
  const state = initialState(parts);
  await writeCheckpoint(checkpoint, { tensors: state, progress, toolVersion: '1' });
  return { checkpoint, parts, state };
}
