import type { SkippedImage } from '../../data/sources/bad-images.ts';
import { formatCount, formatPlural } from '../../util/format-count.ts';

/** The two parts of an evaluation's images. */
export type EvaluatedSplit = 'training' | 'test';

/** The bad images that evaluations left out, each told once however often it is met. */
export interface LeftOut {
  /** Tells of a split's bad images; `count` is how many images it has with them. */
  tell(split: EvaluatedSplit, bad: readonly SkippedImage[], count: number): Promise<void>;
  /** Those that were told. */
  list(): readonly SkippedImage[];
}

/** Bad images that are told by name. */
const MOST_NAMED = 3;

/**
 * Creates the memory of what evaluations leave out.
 *
 * @param warn hears one sentence for all bad images of a split that are new.
 * @param known bad images that were told elsewhere.
 */
export function createLeftOut(
  warn: (message: string) => void | Promise<void>,
  known: (split: EvaluatedSplit) => readonly SkippedImage[] = () => [],
): LeftOut {
  const told: Record<EvaluatedSplit, Map<number, SkippedImage>> = { training: new Map(), test: new Map() };
  return {
    async tell(split, bad, count) {
      const before = new Set(known(split).map(({ index }) => index));
      // Threads find them in any order.
      const fresh = bad
        .filter(({ index }) => !before.has(index) && !told[split].has(index))
        .sort((a, b) => a.index - b.index);
      if (fresh.length === 0) return;
      for (const image of fresh) told[split].set(image.index, image);
      const named = fresh.slice(0, MOST_NAMED).map(({ name, reason }) => `${name} ${reason}`);
      const more = fresh.length - named.length;
      await warn(
        `the evaluation leaves out ${formatCount(fresh.length)} of ${formatPlural(count, `${split} image`)}: ${named.join('; ')}${more > 0 ? `; and ${formatCount(more)} more` : ''}`,
      );
    },
    list: () => [...told.training.values(), ...told.test.values()],
  };
}
