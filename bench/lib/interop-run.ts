import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointName } from '../../src/checkpoint/checkpoint-folder.ts';
import { formatConfig } from '../../src/config/format-config.ts';
import { bareConfig } from '../../src/config/load.ts';
import type { RunConfig } from '../../src/config/run-config.ts';
import { float32, type HostTensor, initialValues, randomStream, writeCheckpoint } from '../../src/index.ts';
import { buildParts } from '../../src/run/assembly/resolve-run.ts';
import { packageVersion } from '../../src/util/package-info.ts';
import type { Case } from './interop-cases.ts';

/**
 * Initial values with other scales and statistics of BatchNorm than 1 and 0, by which mistakes would go unnoticed.
 *
 * The scales are near 1, so that values keep their size through many blocks.
 */
function disturbed(values: Readonly<Record<string, HostTensor>>, seed: number): Record<string, HostTensor> {
  const entries = Object.entries(values).map(([name, tensor], index): [string, HostTensor] => {
    const random = randomStream(seed, index);
    const { length } = tensor.data;
    const fill = (draw: () => number) => float32(Float32Array.from({ length }, draw), tensor.shape);
    if (name.endsWith('running_mean')) return [name, fill(() => 0.1 * random.normal())];
    if (name.endsWith('running_var')) return [name, fill(() => 0.5 + random.uniform())];
    if (tensor.shape.length !== 1) return [name, tensor];
    return [name, fill(name.endsWith('bias') ? () => 0.1 * random.normal() : () => 0.5 + random.uniform())];
  });
  return Object.fromEntries(entries);
}

/** A run folder whose checkpoint holds a case's encoder with random weights, and its configuration. */
export async function writeRandomRun(run: string, { settings }: Case, dataPath: string): Promise<RunConfig> {
  const config = bareConfig(
    Object.entries({ 'data.path': dataPath, device: 'cpu', 'views.crop.interpolation': 'bilinear', ...settings }).map(
      ([key, value]) => ({ label: key, key, text: String(value) }),
    ),
  );
  const parts = buildParts(config);
  const tensors = disturbed(initialValues(parts.model.method.variables, config.seed), config.seed);
  const checkpoints = join(run, 'checkpoints');
  mkdirSync(checkpoints, { recursive: true });
  writeFileSync(join(run, 'config.yaml'), formatConfig(config));
  const { init: _, ...identity } = parts.identity;
  const progress = { step: 0, epoch: 0, ...identity };
  await writeCheckpoint(join(checkpoints, checkpointName(0)), { tensors, progress, toolVersion: packageVersion() });
  return config;
}
