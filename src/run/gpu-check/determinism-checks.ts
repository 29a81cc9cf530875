import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCheckpoint, writeCheckpoint } from '../../checkpoint/checkpoint.ts';
import type { Program } from '../../runtime/program.ts';
import { packageVersion } from '../../util/package-info.ts';
import type { CheckedNetwork } from './check-networks.ts';
import type { Check, Judgement } from './check-record.ts';
import { bytesOf, firstUnequal, type Values } from './compare-values.ts';
import { withNetwork } from './network-step.ts';
import type { Place } from './place.ts';

async function takeSteps(network: CheckedNetwork, program: Program, first: number, end: number): Promise<Values> {
  for (let step = first; step < end; step++) await program.run('train', network.inputs(step));
  return program.read();
}

/** A state by way of a checkpoint's file, as a run that is killed and resumed has it. */
async function saved(state: Values): Promise<Values> {
  const folder = await mkdtemp(join(tmpdir(), 'cl-gpu-check-'));
  try {
    const path = join(folder, 'state.safetensors');
    const progress = { step: 0, epoch: 0, seed: 0, configHash: '' };
    await writeCheckpoint(path, { tensors: state, progress, toolVersion: packageVersion() });
    return (await readCheckpoint(path)).tensors;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** SHA-256 of all names and values. */
export function digestOf(values: Values): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(values).toSorted()) {
    const value = values[name];
    if (value) hash.update(name).update(bytesOf(value));
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * A run of some steps ends in the same bits as one that is saved and goes on in the middle; the digest of its end is
 * for a comparison with another process.
 */
export function resumeCheck(network: CheckedNetwork, device: Place, steps: number): Check {
  const half = steps / 2;
  return {
    name: `${network.name}: ${steps} steps as ${half}, a checkpoint and ${half}`,
    async run(): Promise<Judgement> {
      const [whole, middle] = await withNetwork(device, network, async (program) => {
        const end = await takeSteps(network, program, 0, steps);
        await program.write(network.definition.state);
        return [end, await takeSteps(network, program, 0, half)] as const;
      });
      const restored = await saved(middle);
      const resumed = await withNetwork(device, network, async (program) => {
        await program.write(restored);
        return takeSteps(network, program, half, steps);
      });
      const unequal = firstUnequal(resumed, whole);
      const areNumbers = Object.values(whole).every(({ data }) => data.every(Number.isFinite));
      const found =
        unequal === undefined ? (areNumbers ? 'the same bits' : 'values that are not finite') : 'other bits';
      return {
        ...{ ok: unequal === undefined && areNumbers, measured: found, limit: 'the same bits', note: unequal },
        digest: digestOf(whole),
      };
    },
  };
}
