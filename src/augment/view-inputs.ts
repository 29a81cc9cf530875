import { float32, type HostTensor, type TensorSpec } from '../runtime/host-tensor.ts';
import { type ColourDraw, JITTER_OPERATIONS, type JitterOperation, type ViewDraw } from './draw.ts';
import type { ViewPlan } from './view-plan.ts';

/** Coefficients (a, b, c) of `clamp(a * x + b * grey(x) + c * mean(grey(x)))`. */
type Blend = readonly [number, number, number];

const UNCHANGED: Blend = [1, 0, 0];
const BLENDS: Readonly<Record<Exclude<JitterOperation, 'hue'>, (factor: number) => Blend>> = {
  brightness: (factor) => [factor, 0, 0],
  contrast: (factor) => [factor, 0, 1 - factor],
  saturation: (factor) => [factor, 1 - factor, 0],
};
const SLOTS = JITTER_OPERATIONS.length - 1;

/** How many blends the device applies: three before the hue shift and three after it, or three without one. */
function blendSlots({ jitter }: ViewPlan): number {
  if (!jitter.colour) return 0;
  return jitter.hue ? 2 * SLOTS : SLOTS;
}

/**
 * Shapes and types of the draws of `n` views as the device receives them, by input name.
 *
 * `boxes` [n, 4] (top, left, height, width in pixels), `flips` [n], `blends` [n, slots, 3], `hues` [n] (share of a
 * turn), `greys` [n], `blurs` [n, 2] (sigma, kernel width; zeros for none), `thresholds` [n] (2 for no solarizing):
 * those that the plan needs.
 */
export function viewInputSpecs(n: number, plan: ViewPlan): Record<string, TensorSpec> {
  return Object.fromEntries(fields(plan).map(({ name, shape }) => [name, { dtype: 'float32', shape: [n, ...shape] }]));
}

/**
 * The draws of a batch of views as the device's inputs.
 *
 * Throws an Error when the plan crops on the device and a draw has no crop.
 */
export function viewInputs(draws: readonly (ColourDraw | ViewDraw)[], plan: ViewPlan): Record<string, HostTensor> {
  return Object.fromEntries(
    fields(plan).map(({ name, shape, values }) => [name, float32(draws.flatMap(values), [draws.length, ...shape])]),
  );
}

interface Field {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: (draw: ColourDraw | ViewDraw) => readonly number[];
}

function fields(plan: ViewPlan): readonly Field[] {
  const slots = blendSlots(plan);
  const all: readonly (Field | false)[] = [
    plan.crop !== undefined && { name: 'boxes', shape: [4], values: boxOf },
    { name: 'flips', shape: [], values: ({ flip }) => [Number(flip)] },
    slots > 0 && { name: 'blends', shape: [slots, 3], values: (draw) => blendsOf(draw, slots) },
    plan.jitter.hue && { name: 'hues', shape: [], values: ({ jitter }) => [jitter?.hue ?? 0] },
    plan.grey && { name: 'greys', shape: [], values: ({ grey }) => [Number(grey)] },
    plan.blurKernel !== undefined && {
      name: 'blurs',
      shape: [2],
      values: ({ blur }) => [blur?.sigma ?? 0, blur?.kernel ?? 0],
    },
    plan.solarize && { name: 'thresholds', shape: [], values: ({ solarize }) => [solarize ?? 2] },
  ];
  return all.filter((field) => field !== false);
}

function boxOf(draw: ColourDraw | ViewDraw): readonly number[] {
  if (!('crop' in draw)) throw new Error('Expected draws with a crop, because the device crops the images.');
  const { top, left, height, width } = draw.crop;
  return [top, left, height, width];
}

/**
 * The three blends in their drawn order. Only one operation moves the hue, so the device shifts it once, in the middle:
 * blends that come before it fill the first slots, the others the last.
 */
function blendsOf({ jitter }: ColourDraw, slots: number): readonly number[] {
  const blends = Array.from({ length: slots }, () => UNCHANGED);
  if (!jitter) return blends.flat();
  const hueAt = jitter.order.indexOf('hue');
  jitter.order.forEach((operation, position) => {
    if (operation === 'hue') return;
    const afterHue = position > hueAt;
    const order = afterHue ? position - 1 : position;
    const slot = slots > SLOTS && afterHue ? SLOTS + order : order;
    blends[slot] = BLENDS[operation](jitter[operation]);
  });
  return blends.flat();
}
