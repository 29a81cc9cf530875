import { describe, expect, it } from 'vitest';
import { blendColours, jitterStages, shiftHue } from '../../src/augment/colour-jitter.ts';
import { type ColourDraw, drawColour, JITTER_OPERATIONS, type JitterOperation } from '../../src/augment/draw.ts';
import { onPlanes } from '../../src/augment/planes.ts';
import { viewInputs } from '../../src/augment/view-inputs.ts';
import { planViews } from '../../src/augment/view-plan.ts';
import { float32 } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';
import { randomStream } from '../../src/util/rng.ts';
import { drawSettings, NO_NORMALIZATION, randomImages } from './settings.ts';
import { expectClose, type ImageChw, readVectors, repeat, toImages } from './vectors.ts';

interface ColourVectors {
  readonly image: ImageChw;
  readonly cases: readonly { readonly op: JitterOperation; readonly factor: number; readonly expected: ImageChw }[];
  readonly sequences: readonly {
    readonly order: readonly JitterOperation[];
    readonly factors: Readonly<Record<JitterOperation, number>>;
    readonly expected: ImageChw;
  }[];
}

const vectors = readVectors<ColourVectors>('color');
const settings = drawSettings({
  jitter: { probability: 1, brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
});
const plan = planViews([settings], { size: 4, normalization: NO_NORMALIZATION, cropOnDevice: false });

/** The whole of colour jitter on an image, once for each draw, as it runs in training. */
async function jitter(image: ImageChw, draws: readonly Pick<ColourDraw, 'jitter'>[]) {
  const full = draws.map((draw) => ({ ...drawColour(settings, randomStream(0)), ...draw }));
  const { value } = await runOnce(
    ({ images, blends, hues }) =>
      onPlanes(images as Tensor, (planes) => jitterStages(blends, hues).reduce((p, { apply }) => apply(p), planes)),
    { images: repeat(image, draws.length), ...viewInputs(full, plan) },
  );
  return value;
}

describe('colour jitter', () => {
  it('gives torchvision’s brightness, contrast, saturation and hue', async () => {
    const identity = { brightness: 1, contrast: 1, saturation: 1, hue: 0 };
    const draws = vectors.cases.map(({ op, factor }) => ({
      jitter: { order: ['hue', 'saturation', 'brightness', 'contrast'] as const, ...identity, [op]: factor },
    }));
    expect(draws).toHaveLength(12);
    expectClose(await jitter(vectors.image, draws), toImages(vectors.cases.map(({ expected }) => expected)));
  });

  it('gives torchvision’s result for different orders in one batch', async () => {
    const draws = vectors.sequences.map(({ order, factors }) => ({ jitter: { order, ...factors } }));
    expect(draws).toHaveLength(2);
    expectClose(await jitter(vectors.image, draws), toImages(vectors.sequences.map(({ expected }) => expected)));
  });

  it('applies the four operations in every one of the 24 orders', async () => {
    const factors = { brightness: 1.3, contrast: 0.7, saturation: 1.4, hue: 0.09 };
    const orders = permutations(JITTER_OPERATIONS);
    expect(orders).toHaveLength(24);
    const all = await jitter(
      vectors.image,
      orders.map((order) => ({ jitter: { order, ...factors } })),
    );
    const apply = (image: Tensor, operation: JitterOperation): Tensor =>
      onPlanes(image, (planes) => {
        if (operation === 'hue') return shiftHue(planes, tf.tensor1d([factors.hue]));
        const f = factors[operation];
        const blend = { brightness: [f, 0, 0], contrast: [f, 0, 1 - f], saturation: [f, 1 - f, 0] }[operation];
        return blendColours(planes, tf.tensor2d([blend]));
      });
    const { value } = await runOnce(
      ({ image }) => tf.concat(orders.map((order) => order.reduce(apply, image as Tensor))),
      { image: repeat(vectors.image, 1) },
    );
    expectClose(all, value as never, 3e-6);
  });

  it('leaves images without jitter as they are, to the last bit but for the hue’s rounding', async () => {
    const images = randomImages(3, 5, 5);
    const { still, hue } = await runOnce(
      (inputs) => ({
        still: onPlanes(inputs['images'] as Tensor, (planes) => blendColours(planes, inputs['blend'] as Tensor)),
        hue: onPlanes(inputs['images'] as Tensor, (planes) => shiftHue(planes, inputs['shift'] as Tensor)),
      }),
      {
        images,
        blend: [
          [1, 0, 0],
          [1, 0, 0],
          [1, 0, 0],
        ],
        shift: float32([0, 1, -1], [3]),
      },
    );
    expect(still?.data).toEqual(images.data);
    expectClose(hue, images, 1e-6);
  });

  it('shifts the hue back again', async () => {
    const images = randomImages(2, 6, 6);
    const { value } = await runOnce(
      ({ x, shift, back }) =>
        onPlanes(x as Tensor, (planes) => shiftHue(shiftHue(planes, shift as Tensor), back as Tensor)),
      { x: images, shift: float32([0.3, -0.45], [2]), back: float32([-0.3, 0.45], [2]) },
    );
    expectClose(value, images, 2e-6);
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, i) => permutations(items.filter((_, j) => j !== i)).map((rest) => [item, ...rest]));
}
