import { onTestFinished } from 'vitest';
import { drawView } from '../../src/augment/draw.ts';
import type { ViewSettings } from '../../src/config/view-settings.ts';
import { type CropGroup, createCropLoader, cropTargets } from '../../src/data/loading/crop-loader.ts';
import type { Box } from '../../src/data/pixels/resample.ts';
import type { CropKey, CropWorkerData } from '../../src/run/views/crop-worker.ts';
import { drawViews } from '../../src/run/views/draw-views.ts';
import { drawSettings } from '../augment/settings.ts';

const SEED = 5;

/** Crops of any place, size and ratio. */
function settings({ size, views }: CropGroup): readonly ViewSettings[] {
  const crop = { area: [0.05, 1], ratio: [0.5, 2], interpolation: 'bilinear' } as const;
  const normalize = { mean: [0, 0, 0], std: [1, 1, 1] } as const;
  return Array.from({ length: views }, () => ({ ...drawSettings({ crop }), size, normalize }));
}

/** The boxes that a worker of `cropLoader` draws in the first epoch. */
export function boxesFor(groups: readonly CropGroup[]): (sample: number, height: number, width: number) => Box[] {
  return (sample, height, width) =>
    groups.flatMap((group) =>
      drawViews(
        { settings: settings(group), firstView: 0 },
        SEED,
        0,
        [sample],
        (view, random) => drawView(view, height, width, random).crop,
      ),
    );
}

/** What the worker draws crops from. */
export const firstEpoch = (sample: number): CropKey => ({ epoch: 0, sample });

/** A loader of crops with threads of the run's own kind, closed when the test ends. */
export function cropLoader(
  options: Omit<Parameters<typeof createCropLoader>[0], 'worker' | 'workerData'>,
  changes: Partial<CropWorkerData> = {},
) {
  const { groups } = options;
  const workerData: CropWorkerData = {
    seed: SEED,
    groups: groups.map((group) => ({ settings: settings(group), firstView: 0 })),
    targets: cropTargets(groups),
    ...changes,
  };
  const worker = new URL('../../dist/run/views/crop-worker.js', import.meta.url);
  const loader = createCropLoader<CropKey>({ ...options, worker, workerData });
  onTestFinished(() => loader.close());
  return loader;
}
