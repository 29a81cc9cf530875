import { formatDuration, formatRate } from '../../report/format.ts';
import type { Steps } from '../assembly/steps.ts';

/** How fast real steps were. */
export interface MeasuredSteps {
  readonly imagesPerSecond: number;
  /** In words. */
  readonly device: string;
}

/** A time of the day where it is soon, with its date where it is not, as this machine's clock shows them. */
function clockTime(time: Date, now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
  if (time.toDateString() === now.toDateString()) return clock;
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`;
}

/** How long a run takes, from steps that were measured; without them, how to measure some. */
export function durationLines(
  { total, imagesPerStep }: Pick<Steps, 'total' | 'imagesPerStep'>,
  measured: MeasuredSteps | undefined,
  now = new Date(),
): string[] {
  if (measured === undefined) return ['not measured: --dry-run --measure times a few real steps'];
  const { imagesPerSecond, device } = measured;
  const step = imagesPerStep / imagesPerSecond;
  const seconds = total * step;
  const end = clockTime(new Date(now.getTime() + 1000 * seconds), now);
  return [
    `${formatDuration(seconds)} from the first step to the last, without evaluations; begun now it would end at ${end}`,
    `measured on ${device}: ${Number(step.toPrecision(3))} s a step, ${formatRate(imagesPerSecond)} images/s`,
  ];
}
