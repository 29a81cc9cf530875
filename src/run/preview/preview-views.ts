import { drawView, type ViewDraw } from '../../augment/draw.ts';
import type { Normalization } from '../../config/view-settings.ts';
import type { RgbImage } from '../../data/pixels/resample.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import type { SessionOptions } from '../../runtime/session-settings.ts';
import { drawViews } from '../views/draw-views.ts';
import type { TrainingViews } from '../views/view-groups.ts';
import { createViewLoader, type ViewSource } from '../views/view-loader.ts';
import { createViewProgram } from '../views/view-program.ts';
import type { PreviewImage } from './preview-images.ts';

/** One view of one image, as training sees it. */
export interface PreviewView {
  readonly epoch: number;
  /** Its settings' kind and number from 1 on. */
  readonly kind: 'view' | 'small';
  readonly number: number;
  readonly draw: ViewDraw;
  /** Without normalisation, rounded to bytes. */
  readonly image: RgbImage;
}

/** Row `row` of views float32 [n, s, s, 3] with the normalisation undone, in bytes. */
export function denormalize({ data, shape }: HostTensor, row: number, { mean, std }: Normalization): RgbImage {
  const [, height, width] = shape as [number, number, number];
  const stride = height * width * 3;
  const pixels = Uint8ClampedArray.from({ length: stride }, (_, i) => {
    const value = (data[row * stride + i] as number) * (std[i % 3] as number) + (mean[i % 3] as number);
    return Math.round(255 * value);
  });
  return { data: new Uint8Array(pixels.buffer), height, width };
}

/** What to show of each image. */
export interface PreviewOptions {
  /** Large views: two an epoch, of as many epochs as that takes. */
  readonly views: number;
  /** The first epoch. */
  readonly epoch: number;
  readonly signal: AbortSignal;
}

/** What views are made from. */
export interface PreviewSource extends ViewSource {
  readonly views: TrainingViews;
  readonly session: SessionOptions;
}

/**
 * The views that training makes of images: drawn, cropped and computed by its own code, in its own graph.
 *
 * One array an image: large views of the first epoch, its small views, large views of the next epoch, and so on.
 */
export async function previewViews(
  from: PreviewSource,
  chosen: readonly PreviewImage[],
  { views, epoch: firstEpoch, signal }: PreviewOptions,
): Promise<PreviewView[][]> {
  const { loaded } = from.images;
  const rows = Uint32Array.from(chosen, ({ index }) => (loaded === undefined ? index : loaded.indices.indexOf(index)));
  const { groups } = from.views;
  // A few batches are not worth the second that XLA takes to compile them.
  const plain = groups.map((group) => ({ ...group, plan: { ...group.plan, cluster: undefined } }));
  const loader = createViewLoader(from, () => {});
  const program = await createViewProgram(
    { ...from.views, groups: plain },
    { count: rows.length, session: from.session },
    (made) => Object.fromEntries(made.map((view, i) => [String(i), view])),
  );
  const shown: PreviewView[][] = chosen.map(() => []);
  const settings = groups.flatMap((group) => group.settings);
  const normalization = settings[0]?.normalize as Normalization;
  try {
    for (let shownLarge = 0; shownLarge < views; shownLarge += 2) {
      const epoch = firstEpoch + shownLarge / 2;
      const outputs = await program.run('views', await loader.load({ epoch, step: 0, indices: rows }, signal));
      signal.throwIfAborted();
      for (const [row, { index, image }] of chosen.entries()) {
        const draws = groups.flatMap((group) =>
          drawViews(group, from.seed, epoch, [index], (view, random) =>
            drawView(view, image.height, image.width, random),
          ),
        );
        for (const i of settings.keys()) {
          const isLarge = i < 2;
          if (isLarge ? shownLarge + i >= views : epoch > firstEpoch) continue;
          shown[row]?.push({
            epoch,
            kind: isLarge ? 'view' : 'small',
            number: isLarge ? i + 1 : i - 1,
            draw: draws[i] as ViewDraw,
            image: denormalize(outputs[String(i)] as HostTensor, row, normalization),
          });
        }
      }
    }
  } finally {
    program.close();
    await loader.close();
  }
  return shown;
}
