import type { GpuCard, GpuProcess, ListedCard } from './parse-nvidia-smi.ts';

/** What the driver tells of its cards; processes and MIG instances where it was asked for them. */
export interface ToldCards {
  readonly cards: readonly GpuCard[];
  readonly processes?: readonly GpuProcess[] | undefined;
  readonly listed?: readonly ListedCard[] | undefined;
}

/** A card as messages name it. */
export function named({ index, name }: Pick<GpuCard, 'index' | 'name'>): string {
  return `GPU ${index} (${name})`;
}
