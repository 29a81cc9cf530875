import { formatBytes } from '../format-bytes.ts';
import { describeHolders } from './diagnose-holders.ts';
import type { GpuProblem } from './gpu-problem.ts';
import type { GpuProcess } from './parse-nvidia-smi.ts';

/** What TensorFlow found no room for on a GPU. */
export interface MissingRoom {
  /** In words, such as `a tensor of [256, 64, 112, 112], float`. */
  readonly what: string;
  readonly bytes: number | undefined;
}

const BYTES: Readonly<Record<string, number>> = {
  double: 8,
  int64: 8,
  float: 4,
  int32: 4,
  half: 2,
  bfloat16: 2,
  uint8: 1,
  bool: 1,
};

/** Reads what TensorFlow, XLA and CUDA say when a GPU's memory is full; undefined for other words and for the CPU. */
export function described(text: string): MissingRoom | undefined {
  const tensor = text.match(/OOM when allocating tensor with shape\[([\d,]*)\] and type (\w+) on (\S+)/);
  if (tensor !== null) {
    const [, shape = '', type = '', device = ''] = tensor;
    if (!/GPU/.test(device)) return undefined;
    const sides = shape.split(',').filter(Boolean).map(Number);
    const size = BYTES[type];
    const bytes = size === undefined ? undefined : sides.reduce((product, side) => product * side, size);
    return { what: `a tensor of [${sides.join(', ')}], ${type}`, bytes };
  }
  const asked = text.match(
    /(?:Out of memory while trying to allocate|failed to allocate [^\n(]*\(?)\s*(\d+)? ?bytes?\)?[^\n]*/i,
  );
  if (asked !== null && /CUDA|GPU|Out of memory while/i.test(asked[0])) {
    return { what: 'memory', bytes: asked[1] === undefined ? undefined : Number(asked[1]) };
  }
  return /CUDA_ERROR_OUT_OF_MEMORY|on GPU:\d+ failed[^\n]*out of memory|GPU_\d+_bfc[^\n]*(?:ran out|OOM)|OOM when allocating[^\n]*GPU_\d+_bfc/.test(
    text,
  )
    ? { what: 'memory', bytes: undefined }
    : undefined;
}

/** A GPU's memory that is full, for people; `processes` is who uses it, where that is known. */
export function memoryProblem({ what, bytes }: MissingRoom, processes: readonly GpuProcess[] | undefined): GpuProblem {
  const size = bytes === undefined ? '' : ` (${formatBytes(bytes)})`;
  const others = processes ?? [];
  const who = others.length === 0 ? '' : `; other processes hold ${describeHolders(others)}`;
  return {
    kind: 'out-of-memory',
    effect: 'failure',
    problem: `the GPU's memory is full: TensorFlow found no room for ${what}${size}${who}`,
    hint:
      'Take smaller batches, `--batch-size 64`; several of them make a step with `--set schedule.accumulate=4`. Or half ' +
      `the bytes: \`--set precision=bfloat16\`.${others.length === 0 ? '' : ' Or end the other processes, or name another card in CUDA_VISIBLE_DEVICES.'} \`--dry-run\` estimates what a run needs.`,
  };
}
