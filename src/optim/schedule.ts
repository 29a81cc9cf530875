/** A warm-up and decay in steps. */
export interface CosineWarmupOptions {
  /** The learning rate at the end of the warm-up. */
  readonly base: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
  /** The share of `base` that the last step uses. */
  readonly end: number;
}

/**
 * The learning rate of step 0, 1, ...: base (i + 1) / warm-up, then half a cosine whose last step is exactly base x end.
 *
 * Loshchilov and Hutter (arXiv:1608.03983) without restarts; equal to lightly's CosineWarmupScheduler.
 */
export function cosineWarmup({ base, warmupSteps, totalSteps, end }: CosineWarmupOptions): (step: number) => number {
  const decay = cosine({ start: 1, end, steps: totalSteps - warmupSteps });
  return (step) => base * (step < warmupSteps ? (step + 1) / warmupSteps : decay(step - warmupSteps));
}

/** Half a cosine from `start` at step 0 to exactly `end` at step `steps - 1`. */
export function cosine({ start, end, steps }: { start: number; end: number; steps: number }): (step: number) => number {
  return (step) => {
    const progress = steps <= 1 ? 1 : Math.min(step / (steps - 1), 1);
    return end - ((end - start) * (Math.cos(Math.PI * progress) + 1)) / 2;
  };
}

/** The learning rate for a batch, from one that is given for 256 samples. */
export function scaleLearningRate(rate: number, batch: number, rule: 'linear' | 'sqrt' | 'none'): number {
  if (rule === 'linear') return (rate * batch) / 256;
  if (rule === 'sqrt') return rate * Math.sqrt(batch / 256);
  return rate;
}
