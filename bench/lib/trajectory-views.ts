import { fileURLToPath } from 'node:url';
import { drawView } from '../../src/augment/draw.ts';
import { makeViews } from '../../src/augment/make-views.ts';
import { viewInputs } from '../../src/augment/view-inputs.ts';
import { planViews } from '../../src/augment/view-plan.ts';
import type { DrawSettings } from '../../src/config/view-settings.ts';
import { openDataset } from '../../src/data/dataset/dataset.ts';
import { loadImages } from '../../src/data/loading/load-images.ts';
import { float32, type HostTensor, uint8 } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { permutation, randomStream } from '../../src/util/rng.ts';

const ARCHIVE = fileURLToPath(new URL('../../data/cifar10-mini.tar.gz', import.meta.url));

/** The views of configs/simclr-accuracy.yaml. */
const SETTINGS: DrawSettings = {
  crop: { area: [0.2, 1], ratio: [3 / 4, 4 / 3], interpolation: 'bilinear' },
  flip: 0.5,
  jitter: { probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
  grey: 0.2,
  blur: { probability: 0, sigma: [0.1, 2], kernel: 3 },
  solarize: { probability: 0, threshold: 0.5 },
};
const NORMALIZATION = { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] } as const;

/** Two views [batch, size, size, 3] of other images in every step. */
export type StepViews = readonly [HostTensor, HostTensor];

/** Views of the bundled images for some steps: the first views of all, then the second ones, as one float32 tensor. */
export async function makeStepViews(steps: number, batch: number, size: number): Promise<HostTensor> {
  const dataset = await openDataset(ARCHIVE, {});
  try {
    const loaded = await loadImages(dataset.train, { budgetBytes: 2 ** 30 });
    if (!loaded) throw new Error(`Expected the images of ${ARCHIVE} to fit into memory.`);
    const { images } = loaded;
    const count = steps * batch;
    if (count > images.count) throw new Error(`Expected at most ${images.count} images, got ${steps} x ${batch}.`);
    const rows = permutation(images.count, randomStream(0)).subarray(0, count);
    const draws = [0, 1].flatMap((view) =>
      Array.from(rows, (row) => drawView(SETTINGS, images.height, images.width, randomStream(0, row, view))),
    );
    const plan = planViews([SETTINGS], { size, normalization: NORMALIZATION, cropOnDevice: true });
    const pixels = uint8(await images.gather(rows), [count, images.height, images.width, 3]);
    const inputs = viewInputs(draws, plan);
    const { value } = await runOnce(({ pixels: whole, ...rest }) => makeViews(whole!, rest, plan), {
      pixels,
      ...inputs,
    });
    return value as HostTensor;
  } finally {
    await dataset.close();
  }
}

/** The views of step `step` out of those of `steps`. */
export function viewsOfStep({ shape, data }: HostTensor, step: number, steps: number): StepViews {
  const [count = 0, ...image] = shape;
  const batch = count / 2 / steps;
  const values = data.length / count;
  const view = (index: number): HostTensor => {
    const first = (index * steps + step) * batch * values;
    return float32((data as Float32Array).subarray(first, first + batch * values), [batch, ...image]);
  };
  return [view(0), view(1)];
}
