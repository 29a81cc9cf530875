/** How fast steps go, and the share of their time that waiting for data takes, 0 to 1. */
export interface Rates {
  readonly imagesPerSecond: number;
  readonly waitShare: number;
}

interface Spent {
  readonly steps: number;
  readonly seconds: number;
  readonly waited: number;
}

/** Steps over which recent rates are averaged. */
const WINDOW = 20;

const NOTHING: Spent = { steps: 0, seconds: 0, waited: 0 };

function together(a: Spent, b: Spent): Spent {
  return { steps: a.steps + b.steps, seconds: a.seconds + b.seconds, waited: a.waited + b.waited };
}

function ratesOf({ steps, seconds, waited }: Spent, imagesPerStep: number): Rates {
  if (seconds === 0) return { imagesPerSecond: 0, waitShare: 0 };
  return { imagesPerSecond: (steps * imagesPerStep) / seconds, waitShare: Math.min(1, waited / seconds) };
}

/**
 * Measures the pace of steps of so many images: lately, and since its last `restart`. Each step costs the same, but for
 * the first, in which TensorFlow prepares the graph: it counts only as long as it is alone.
 */
export function createPace(imagesPerStep: number) {
  const recent: Spent[] = [];
  let all = NOTHING;
  let seconds = 0;
  let isSecond = false;
  let isFirst = true;
  return {
    /** Counts a step that took so many seconds, of which it waited some for data. */
    add(took: number, waited: number): void {
      if (isSecond) {
        recent.length = 0;
        all = NOTHING;
      }
      [isFirst, isSecond] = [false, isFirst];
      const step: Spent = { steps: 1, seconds: took, waited };
      seconds += took;
      recent.push(step);
      if (recent.length > WINDOW) recent.shift();
      all = together(all, step);
    },
    /** Begins a new total, as at the start of an epoch; what is recent stays. */
    restart(): void {
      all = NOTHING;
      seconds = 0;
    },
    /** Rates over the last 20 steps. */
    recent: (): Rates => ratesOf(recent.reduce(together, NOTHING), imagesPerStep),
    /** Rates since the last `restart`, and the seconds that all steps took, the first too. */
    total: (): Rates & { readonly seconds: number } => ({ seconds, ...ratesOf(all, imagesPerStep) }),
  };
}
