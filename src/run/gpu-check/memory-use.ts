import { askNvidiaSmi } from '../../util/gpu/nvidia-smi.ts';
import { parseCards } from '../../util/gpu/parse-nvidia-smi.ts';
import { visibleCards } from '../../util/gpu/visible-cards.ts';
import type { MemoryUse } from './memory-checks.ts';

/** MiB in use on the first visible card, by whomever; undefined where `nvidia-smi` does not tell. */
export async function cardMemoryUse(): Promise<number | undefined> {
  const { stdout } = await askNvidiaSmi('cards');
  const [card] = visibleCards(parseCards(stdout), process.env['CUDA_VISIBLE_DEVICES']).cards;
  if (card?.memoryTotal === undefined || card.memoryFree === undefined) return undefined;
  return card.memoryTotal - card.memoryFree;
}

/** What this process, and the card, have in use. */
export async function memoryUse(): Promise<MemoryUse> {
  return { host: process.memoryUsage().rss / 2 ** 20, device: await cardMemoryUse() };
}
