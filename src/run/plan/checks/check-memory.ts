import type { AvailableMemory } from '../../../util/available-memory.ts';
import type { CpuArithmetic } from '../../../util/cpu-arithmetic.ts';
import { formatBytes } from '../../../util/format-bytes.ts';
import { multipliesHalf } from '../../../util/half-precision.ts';
import type { MemoryEstimate } from '../memory.ts';
import type { CheckedSettings } from './checked-run.ts';

/** What memory is judged by. */
export interface MemoryUse {
  readonly config: Pick<CheckedSettings, 'schedule' | 'method' | 'precision'>;
  readonly needed: MemoryEstimate;
  readonly available: AvailableMemory;
  /** How the CPU computes, where the run is expected on it; on a GPU the images alone are in this memory. */
  readonly cpu: CpuArithmetic | undefined;
}

/** The share of the memory that a choice which is said to fit may take: TensorFlow's workspaces come on top. */
const FITTING = 0.85;

const totalOf = ({ state, activations, images }: MemoryEstimate): number => state + activations + images;

/** The largest power of two below the batch with which a run fits; undefined where none does. */
function fittingBatch({ needed, available, config: { schedule, method } }: MemoryUse): number | undefined {
  const { batchSize } = schedule;
  const groups = 'batchNormGroups' in method ? method.batchNormGroups : 1;
  const perImage = needed.activations / batchSize;
  const room = FITTING * available.bytes - needed.state - needed.images;
  for (let size = 2 ** Math.ceil(Math.log2(batchSize) - 1); size >= 2 * groups && size >= 2; size /= 2) {
    if (size % groups === 0 && size * perImage <= room) return size;
  }
  return undefined;
}

/** What takes less, each with the memory that it then takes. */
function remedies(use: MemoryUse): string[] {
  const { needed, available, config, cpu } = use;
  const { batchSize } = config.schedule;
  const fits = (memory: MemoryEstimate): boolean => totalOf(memory) <= FITTING * available.bytes;
  const about = (memory: MemoryEstimate): string => `takes about ${formatBytes(totalOf(memory))}`;
  const batch = fittingBatch(use);
  const smaller = batch && { ...needed, activations: (needed.activations / batchSize) * batch };
  const half = { ...needed, activations: needed.activations / 2 };
  const mayHalve = config.precision === 'float32' && cpu !== undefined && multipliesHalf('bfloat16', cpu);
  const found = [
    ...(smaller ? [`--batch-size ${batch} ${about(smaller)}`] : []),
    ...(mayHalve && fits(half) ? [`--set precision=bfloat16 ${about(half)}`] : []),
  ];
  if (found.length > 0) return found;
  if (needed.images > needed.activations) {
    return ['--set data.memoryBudget=SIZE keeps fewer images there, the others in a cache file or streamed'];
  }
  return ['smaller views (views.size) or a smaller network (backbone.name, backbone.width) take less'];
}

/** A run that will need more memory than there is, with what takes less; TensorFlow's workspaces are not counted. */
export function memoryWarnings(use: MemoryUse): string[] {
  const { needed, available, cpu } = use;
  const asked = cpu === undefined ? { state: 0, activations: 0, images: needed.images } : needed;
  if (totalOf(asked) <= available.bytes) return [];
  const parts = Object.entries(asked).filter(([, bytes]) => bytes > 0);
  const listed = parts.map(([name, bytes]) => `${name} ${formatBytes(bytes)}`).join(', ');
  const there = `${formatBytes(available.bytes)} ${available.bound}`;
  return [
    `memory: about ${formatBytes(totalOf(asked))} asked (${listed}), and there are ${there}: such a run is likely to be ended by the system; ${remedies({ ...use, needed: asked }).join(', ')}`,
  ];
}
