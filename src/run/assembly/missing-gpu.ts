import type { Device } from '../../runtime/session.ts';
import type { SessionOptions } from '../../runtime/session-settings.ts';
import { explainMissingGpu, type GpuPlace, predictGpuProblem } from '../../util/gpu/diagnose-gpu.ts';
import type { GpuProblem } from '../../util/gpu/gpu-problem.ts';
import { warn } from '../../util/notices.ts';

const SILENCE = 'To train on the CPU without this warning: `--device cpu`.';

function onTheCpu({ problem, hint }: GpuProblem, verb: string): string {
  return `NO GPU: this machine has an NVIDIA card, but everything ${verb} on the CPU, many times slower. Why: ${problem}. ${hint} ${SILENCE}`;
}

let isTold = false;

/**
 * Why `device: auto` has ended on the CPU although there is a card, for people; undefined where there is none, and
 * where it was told before in this process.
 */
export async function missingGpuWarning(
  device: SessionOptions['device'],
  devices: readonly Pick<Device, 'type'>[],
  place?: GpuPlace,
): Promise<string | undefined> {
  if (isTold || (device ?? 'auto') !== 'auto' || devices.some(({ type }) => type === 'GPU')) return undefined;
  isTold = true;
  const reason = await explainMissingGpu(place);
  return reason === undefined ? undefined : onTheCpu(reason, 'runs');
}

/** Says the same on standard error, once in a process. */
export async function warnOfMissingGpu(
  device: SessionOptions['device'],
  devices: readonly Pick<Device, 'type'>[],
): Promise<void> {
  const message = await missingGpuWarning(device, devices);
  if (message !== undefined) warn(message);
}

/** What a run will be warned of for its GPU, or fail by, as far as can be told without TensorFlow. */
export async function expectedGpuWarnings(device: SessionOptions['device'], place?: GpuPlace): Promise<string[]> {
  if (device === 'cpu') return [];
  const found = await predictGpuProblem(place);
  if (found === undefined) return [];
  if (found.effect === 'failure') return [`the GPU will probably fail: ${found.problem}. ${found.hint}`];
  if (device === 'gpu') return [`device: gpu will be refused: ${found.problem}. ${found.hint}`];
  return [onTheCpu(found, 'would run')];
}
