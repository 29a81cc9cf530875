import { type CheckedNetwork, checkedNetwork, type NetworkChoice } from './check-networks.ts';
import { type Check, type Judgement, within } from './check-record.ts';
import { difference } from './compare-values.ts';
import { coursesAt, type StepValues, stepAt, stepsAt } from './network-step.ts';
import type { Place } from './place.ts';
import { type Arithmetic, networkLimit, ROUNDOFF, SIGN_CHANGES } from './tolerance.ts';

/** What is compared of a step, in this order. */
const QUANTITIES = ['loss', 'gradients', 'state'] as const;
type Quantity = (typeof QUANTITIES)[number];

interface Compared {
  readonly error: number;
  readonly limit: number;
  readonly note: string;
}

type ThreeSteps = Readonly<Record<'device' | 'as' | 'moved', StepValues>>;

/**
 * How far the device is from the CPU, and may be, as the CPU is from itself with moved weights. In float32 every tensor
 * has a limit of its own: some are sums that nearly cancel. Elsewhere all count as one vector: rounding to few bits
 * changes small tensors beyond recognition.
 */
function compare(
  quantity: Quantity,
  arithmetic: Arithmetic,
  { device, as, moved }: ThreeSteps,
  jump: number,
): Compared[] {
  const least = quantity === 'loss' ? 0 : jump;
  const found = difference(device[quantity], as[quantity]);
  const spread = difference(moved[quantity], as[quantity]);
  const compared = (error: number, by: number, what: string): Compared => ({
    ...{ error, limit: networkLimit(arithmetic, by, least) },
    note: `${what}; CPU with weights rounded: ${by.toExponential(1)}`,
  });
  if (arithmetic !== 'float32') return [compared(found.whole, spread.whole, quantity)];
  return Object.entries(found.each).map(([name, error]) =>
    compared(error, Math.max(spread.whole, spread.each[name] ?? 0), `${quantity} (${name})`),
  );
}

/** What comes nearest to its limit, or goes farthest beyond it; gradients may differ by `jump`. */
export function judgeStep(arithmetic: Arithmetic, values: ThreeSteps, jump = 0): Judgement {
  const each = QUANTITIES.flatMap((quantity) => compare(quantity, arithmetic, values, jump));
  const nearest = each.reduce((a, b) => (b.error / b.limit > a.error / a.limit ? b : a));
  return within(nearest.error, nearest.limit, nearest.note);
}

/** Loss, gradients and new state of one step on the device beside those of the CPU in float32. */
export function stepChecks(
  choices: readonly Omit<NetworkChoice, 'precision'>[],
  { device, reference }: { readonly device: Place; readonly reference: Place },
  arithmetic: Arithmetic,
): Check[] {
  const precision = arithmetic === 'tf32' ? 'float32' : arithmetic;
  return choices.map((choice) => {
    const name = `${choice.method}, ${choice.backbone}: a step in ${arithmetic === 'tf32' ? 'TensorFloat-32' : arithmetic}`;
    return {
      name,
      async run() {
        const onDevice = await stepAt(device, checkedNetwork({ ...choice, precision }));
        const onCpu = await stepsAt(
          reference,
          checkedNetwork({ ...choice, precision: 'float32' }),
          ROUNDOFF[arithmetic],
        );
        const jump = choice.backbone === 'resnet18' ? SIGN_CHANGES : 0;
        return judgeStep(arithmetic, { device: onDevice, ...onCpu }, jump);
      },
    };
  });
}

/** A course of losses that is a tenth away is another course. */
const MOST_OF_LOSSES = 0.1;

/** The largest relative distance of two courses of a loss; infinite where a loss is not finite. */
export function courseError(losses: readonly number[], expected: readonly number[]): number {
  if (losses.length !== expected.length || expected.length === 0) return Number.POSITIVE_INFINITY;
  const errors = expected.map((loss, i) => Math.abs(((losses[i] as number) - loss) / loss));
  return errors.every(Number.isFinite) ? Math.max(...errors) : Number.POSITIVE_INFINITY;
}

/**
 * The losses of many steps beside the CPU's, with the same weights and batches. Differences grow with every step, so
 * the CPU tells how fast: its own losses are compared with those from weights moved by one rounding.
 */
export function courseCheck(
  network: CheckedNetwork,
  { device, reference }: { readonly device: Place; readonly reference: Place },
  steps: number,
): Check {
  return {
    name: `${network.name}: losses of ${steps} steps`,
    async run() {
      const [losses = []] = await coursesAt(device, network, steps);
      const [expected = [], rounded = []] = await coursesAt(reference, network, steps, [ROUNDOFF.float32]);
      const spread = courseError(rounded, expected);
      const [first, last] = [expected[0], losses.at(-1)].map((loss) => loss?.toFixed(4));
      const note = `${first} to ${last}; CPU with weights rounded: ${spread.toExponential(1)}`;
      return within(courseError(losses, expected), networkLimit('float32', spread, 0, MOST_OF_LOSSES), note);
    },
  };
}
