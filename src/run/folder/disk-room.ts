import { join } from 'node:path';
import type { CheckpointConfig } from '../../config/run-config.ts';
import { freeBytes } from '../../util/atomic-write.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { nearestThere } from '../../util/nearest-there.ts';

/** The checkpoints of a run that is about to begin. */
export interface PlannedCheckpoints {
  readonly checkpoint: Pick<CheckpointConfig, 'keep' | 'keepEveryEpochs' | 'keepBest'>;
  readonly epochs: number;
  /** Bytes of one. */
  readonly bytes: number;
}

/** Checkpoints that there are at most: those that are kept, and the one that is being written. */
function mostCheckpoints({ checkpoint: { keep, keepEveryEpochs, keepBest }, epochs }: PlannedCheckpoints): number {
  const forGood = keepEveryEpochs === undefined ? 0 : Math.floor(epochs / keepEveryEpochs);
  return keep + 1 + forGood + (keepBest ? 1 : 0);
}

/** Warns where the disk of a new run has no room for all its checkpoints; nothing where it does not tell its space. */
export async function roomWarnings(path: string, planned: PlannedCheckpoints): Promise<string[]> {
  const { at } = await nearestThere(path);
  const free = await freeBytes(join(at, 'checkpoint'));
  const most = mostCheckpoints(planned);
  if (free === undefined || free >= most * planned.bytes) return [];
  const all = `${most} checkpoints of ${formatBytes(planned.bytes)} take ${formatBytes(most * planned.bytes)}`;
  return [
    `the disk of the run folder has ${formatBytes(free)} free (${at}), and ${all}: the run ends at the one that does not fit; free some space, keep fewer (checkpoint.keep, keepEveryEpochs), or choose another disk by --output`,
  ];
}
