import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { drawView } from '../../augment/draw.ts';
import { serveCrops } from '../../data/loading/serve-crops.ts';
import type { CropTarget } from '../../data/pixels/crops.ts';
import { type DrawnViews, drawViews } from './draw-views.ts';

/** What a thread of a run knows of its views. */
export interface CropWorkerData {
  readonly seed: number;
  readonly groups: readonly DrawnViews[];
  readonly targets: readonly CropTarget[];
}

/** Which image, and when. */
export interface CropKey {
  readonly epoch: number;
  readonly sample: number;
}

const { seed, groups, targets } = workerData as CropWorkerData;
serveCrops(parentPort as MessagePort, targets, ({ epoch, sample }: CropKey, height, width) =>
  groups.flatMap((group) =>
    drawViews(group, seed, epoch, [sample], (view, random) => drawView(view, height, width, random).crop),
  ),
);
