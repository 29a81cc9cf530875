import type { GpuCard } from './parse-nvidia-smi.ts';

/** What `CUDA_VISIBLE_DEVICES` leaves to be seen. */
export interface VisibleCards {
  /** In the order in which CUDA numbers them: the first one is used. */
  readonly cards: readonly GpuCard[];
  /** MIG instances that are named, as they are. */
  readonly instances: readonly string[];
  /** The first entry that names nothing: it hides itself and all behind it. */
  readonly invalid: string | undefined;
}

/**
 * The cards that `CUDA_VISIBLE_DEVICES` shows: numbers, or UUIDs by their beginning, up to the first that names none
 * (NVIDIA, CUDA programming guide, environment variables).
 *
 * Cards of different speed are numbered by CUDA from the fastest on, unless `CUDA_DEVICE_ORDER=PCI_BUS_ID`; that order
 * is not known here, and numbers are taken for those of `nvidia-smi`.
 */
export function visibleCards(all: readonly GpuCard[], value: string | undefined): VisibleCards {
  if (value === undefined) return { cards: all, instances: [], invalid: undefined };
  const cards: GpuCard[] = [];
  const instances: string[] = [];
  for (const entry of value.split(',').map((part) => part.trim())) {
    if (/^MIG-/.test(entry)) {
      instances.push(entry);
      continue;
    }
    const named = /^\d+$/.test(entry)
      ? all.find(({ index }) => index === Number(entry))
      : all.find(({ uuid }) => /^GPU-./.test(entry) && uuid.toLowerCase().startsWith(entry.toLowerCase()));
    if (named === undefined) return { cards, instances, invalid: entry };
    cards.push(named);
  }
  return { cards, instances, invalid: undefined };
}
