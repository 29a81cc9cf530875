import { describe, expect, it } from 'vitest';
import { blendColours, shiftHue } from '../../src/augment/colour-jitter.ts';
import { type ColourDraw, drawView, type ViewDraw } from '../../src/augment/draw.ts';
import { blurMatrices, gaussianBlur } from '../../src/augment/gaussian-blur.ts';
import { grayscale } from '../../src/augment/grayscale.ts';
import { makeViews } from '../../src/augment/make-views.ts';
import { fromPlanes, type Planes, toPlanes } from '../../src/augment/planes.ts';
import { solarize } from '../../src/augment/solarize.ts';
import { viewInputSpecs, viewInputs } from '../../src/augment/view-inputs.ts';
import { planViews, type ViewPlan } from '../../src/augment/view-plan.ts';
import { float32, type HostTensor, uint8 } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';
import { randomStream } from '../../src/util/rng.ts';
import { drawSettings, EVERYTHING, NO_NORMALIZATION } from './settings.ts';
import { expectClose } from './vectors.ts';

const CIFAR = { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] } as const;

function randomBytes(n: number, height: number, width: number): HostTensor {
  const random = randomStream(9);
  const data = Uint8Array.from({ length: n * height * width * 3 }, () => random.integer(256));
  return uint8(data, [n, height, width, 3]);
}

async function views(
  images: HostTensor,
  draws: readonly (ColourDraw | ViewDraw)[],
  plan: ViewPlan,
): Promise<HostTensor> {
  const inputs = viewInputs(draws, plan);
  const { value } = await runOnce(({ images: input, ...rest }) => makeViews(input as Tensor, rest, plan), {
    images,
    ...inputs,
  });
  return value as HostTensor;
}

/** Draws of `n` views until every operation occurs and doesn't. */
function someDraws(n: number, height: number, width: number): ViewDraw[] {
  return Array.from({ length: n }, (_, i) => drawView(EVERYTHING, height, width, randomStream(4, 0, i)));
}

/** One view of planes, operation by operation, in the documented order. */
function oneByOne(planes: Planes, draw: ColourDraw, size: number): Planes {
  let result = planes;
  for (const operation of draw.jitter?.order ?? []) {
    const f = draw.jitter?.[operation] ?? Number.NaN;
    if (operation === 'hue') result = shiftHue(result, tf.tensor1d([f]));
    if (operation === 'brightness') result = blendColours(result, tf.tensor2d([[f, 0, 0]]));
    if (operation === 'contrast') result = blendColours(result, tf.tensor2d([[f, 0, 1 - f]]));
    if (operation === 'saturation') result = blendColours(result, tf.tensor2d([[f, 1 - f, 0]]));
  }
  if (draw.grey) result = grayscale(result, tf.tensor1d([1]));
  if (draw.blur) {
    const { sigma, kernel } = draw.blur;
    result = gaussianBlur(result, blurMatrices(tf.tensor1d([sigma]), tf.tensor1d([kernel]), size));
  }
  return draw.solarize === undefined ? result : solarize(result, tf.tensor1d([draw.solarize]));
}

describe('makeViews', () => {
  it('applies every draw to its own image in the documented order', async () => {
    const images = randomBytes(24, 8, 8);
    const draws = someDraws(24, 8, 8);
    for (const kind of ['flip', 'grey', 'jitter', 'blur', 'solarize'] as const) {
      expect(new Set(draws.map((draw) => Boolean(draw[kind]))).size, kind).toBe(2);
    }
    const plan = planViews([EVERYTHING], { size: 8, normalization: CIFAR, cropOnDevice: false });
    const { value } = await runOnce(
      ({ x }) => {
        const each = tf.split(tf.div(tf.cast(x as Tensor, 'float32'), 255), draws.length);
        const expected = draws.map((draw, i) => {
          const image = each[i] as Tensor;
          return fromPlanes(oneByOne(toPlanes(draw.flip ? tf.reverse(image, 2) : image), draw, 8));
        });
        return tf.div(tf.sub(tf.concat(expected), tf.tensor1d([...CIFAR.mean])), tf.tensor1d([...CIFAR.std]));
      },
      { x: float32(Float32Array.from(images.data), images.shape) },
    );
    expectClose(await views(images, draws, plan), value as HostTensor, 1e-5);
  });

  it.each([true, false])('equals its compiled form (crop on the device: %s)', async (cropOnDevice) => {
    const images = cropOnDevice ? randomBytes(8, 12, 10) : randomBytes(16, 8, 8);
    const draws = someDraws(16, 12, 10);
    const plan = planViews([EVERYTHING], { size: 8, normalization: CIFAR, cropOnDevice });
    const plain = await views(images, draws, plan);
    expect(plain.shape).toEqual([16, 8, 8, 3]);
    expectClose(await views(images, draws, { ...plan, cluster: 'views' }), plain, 2e-5);
  });

  it('returns the images themselves when nothing is drawn', async () => {
    const images = randomBytes(3, 6, 6);
    const settings = drawSettings();
    const draws = Array.from({ length: 3 }, (_, i) => drawView(settings, 6, 6, randomStream(1, 0, i)));
    const plan = planViews([settings], { size: 6, normalization: NO_NORMALIZATION, cropOnDevice: true });
    const unit = float32(
      Float32Array.from(images.data, (byte) => byte / 255),
      images.shape,
    );
    expectClose(await views(images, draws, plan), unit, 1e-7);
    expectClose(await views(images, draws, { ...plan, crop: undefined }), unit, 1e-7);
    expectClose(await views(images, draws, { ...plan, cluster: 'views' }), unit, 1e-7);
  });

  it('flips crops that come from the host', async () => {
    const images = randomBytes(2, 4, 4);
    const settings = drawSettings({ flip: 1 });
    const plan = planViews([settings], { size: 4, normalization: NO_NORMALIZATION, cropOnDevice: false });
    const draws = [0, 1].map((i) => drawView(settings, 4, 4, randomStream(1, 0, i)));
    const flipped = await views(images, draws, plan);
    const pixel = (tensor: HostTensor, image: number, row: number, column: number): number[] => [
      ...tensor.data.slice(((image * 4 + row) * 4 + column) * 3).slice(0, 3),
    ];
    const expected = pixel(images, 1, 2, 0).map((byte) => byte / 255);
    pixel(flipped, 1, 2, 3).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 6);
    });
  });

  it('keeps cubic crops within [0, 1]', async () => {
    const settings = drawSettings({ crop: { area: [0.2, 1], ratio: [1, 1], interpolation: 'bicubic' } });
    const draws = Array.from({ length: 8 }, (_, i) => drawView(settings, 8, 8, randomStream(2, 0, i)));
    const data = randomBytes(8, 8, 8).data.map((byte) => (byte < 128 ? 0 : 255));
    const plan = planViews([settings], { size: 16, normalization: NO_NORMALIZATION, cropOnDevice: true });
    const { data: values } = await views(uint8(Uint8Array.from(data), [8, 8, 8, 3]), draws, plan);
    expect(Math.min(...values)).toBe(0);
    expect(Math.max(...values)).toBe(1);
  });
});

describe('planViews and viewInputSpecs', () => {
  it('leave out what cannot occur', () => {
    const plan = planViews([drawSettings()], { size: 8, normalization: CIFAR, cropOnDevice: false });
    expect(viewInputSpecs(4, plan)).toEqual({ flips: { dtype: 'float32', shape: [4] } });
  });

  it('join what any of the views needs', () => {
    const blurred = drawSettings({ blur: { probability: 1, sigma: [0.1, 2], kernel: 5 }, grey: 0.1 });
    const plan = planViews([EVERYTHING, blurred], { size: 8, normalization: CIFAR, cropOnDevice: true });
    expect(plan.blurKernel).toBe(5);
    const shapes = Object.fromEntries(
      Object.entries(viewInputSpecs(4, plan)).map(([name, { shape }]) => [name, shape]),
    );
    expect(shapes).toEqual({
      boxes: [4, 4],
      flips: [4],
      blends: [4, 6, 3],
      hues: [4],
      greys: [4],
      blurs: [4, 2],
      thresholds: [4],
    });
    const inputs = viewInputs(someDraws(4, 8, 8), plan);
    expect(Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]))).toEqual(shapes);
  });

  it('use three blends when the hue stays', () => {
    const still = drawSettings({ jitter: { probability: 1, brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0 } });
    const plan = planViews([still], { size: 8, normalization: CIFAR, cropOnDevice: false });
    expect(viewInputSpecs(2, plan)['blends']?.shape).toEqual([2, 3, 3]);
    const draws = Array.from({ length: 2 }, (_, i) => drawView(still, 8, 8, randomStream(1, 0, i)));
    const inputs = viewInputs(draws, plan)['blends']?.data ?? [];
    const firsts = draws.map(({ jitter }) => jitter?.order.filter((operation) => operation !== 'hue')[0]);
    const starts = draws.map(({ jitter }, i) => jitter?.[firsts[i] ?? 'hue'] ?? Number.NaN);
    expect(inputs[0]).toBeCloseTo(starts[0] ?? Number.NaN, 6);
    expect(inputs[9]).toBeCloseTo(starts[1] ?? Number.NaN, 6);
  });

  it('refuse different interpolations and blurs that do not fit', () => {
    const options = { size: 8, normalization: CIFAR, cropOnDevice: true };
    const bicubic = drawSettings({ crop: { area: [1, 1], ratio: [1, 1], interpolation: 'bicubic' } });
    expect(() => planViews([drawSettings(), bicubic], options)).toThrow('one interpolation');
    const blur = { probability: 1, sigma: [0.1, 2], kernel: 17 } as const;
    expect(() => planViews([drawSettings({ blur })], options)).toThrow('blur kernel below 16 pixels');
    expect(() => planViews([drawSettings({ blur: { ...blur, kernel: 4 } })], options)).toThrow('odd blur kernel');
  });

  it('refuse draws without a crop when the device crops', () => {
    const plan = planViews([drawSettings()], { size: 8, normalization: CIFAR, cropOnDevice: true });
    const draw = { flip: false, jitter: undefined, grey: false, blur: undefined, solarize: undefined };
    expect(() => viewInputs([draw], plan)).toThrow('with a crop');
  });
});
