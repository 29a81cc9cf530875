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

/** Measures the pace of steps of so many images: lately, and since its last `restart`. Each step costs the same. */
export function createPace(imagesPerStep: number) {
  const recent: Spent[] = [];
  let all = NOTHING;
  return {
    /** Counts a step that took so many seconds, of which it waited some for data. */
    add(seconds: number, waited: number): void {
      const step: Spent = { steps: 1, seconds, waited };
      recent.push(step);
      if (recent.length > WINDOW) recent.shift();
      all = together(all, step);
    },
    /** Begins a new total, as at the start of an epoch; what is recent stays. */
    restart(): void {
      all = NOTHING;
    },
    /** Rates over the last 20 steps. */
    recent: (): Rates => ratesOf(recent.reduce(together, NOTHING), imagesPerStep),
    /** Rates and seconds since the last `restart`. */
    total: (): Rates & { readonly seconds: number } => ({ seconds: all.seconds, ...ratesOf(all, imagesPerStep) }),
  };
}
