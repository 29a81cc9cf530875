/** How the learning rate falls after the warm-up, as shares of the peak. */
export type Decay =
  /** Half a cosine that ends at the share `end`. */
  | { readonly name: 'cosine'; readonly end: number }
  /** Times `factor` at each milestone, in epochs from the start of the run. */
  | { readonly name: 'step'; readonly milestones: readonly number[]; readonly factor: number }
  | { readonly name: 'constant' };

/** The course of a learning rate: a warm-up, then a decay, in steps. */
export interface LearningRateOptions {
  /** The learning rate that the warm-up ends at. */
  readonly peak: number;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  /** Steps of warm-up; whole epochs when the rate changes every epoch. */
  readonly warmupSteps: number;
  /** The share of the peak that the warm-up starts at; without it, step i of W has (i + 1) / W. */
  readonly warmupFrom?: number | undefined;
  /** Whether the rate changes at every step or stands still in each epoch. */
  readonly every: 'step' | 'epoch';
  readonly decay: Decay;
}

/**
 * The learning rate of step 0, 1, ...
 *
 * The warm-up is linear: from (i + 1) / W, as lightly and Goyal et al. (arXiv:1706.02677) have it, or from a share s by
 * s + (1 - s) i / W, as BYOL, MoCo v3 (s = 0) and solo-learn. The cosine (Loshchilov and Hutter, arXiv:1608.03983,
 * without restarts) ends at exactly `end` in its last step when it goes per step, as lightly's CosineWarmupScheduler;
 * per epoch it is (1 + cos(pi epoch / epochs)) / 2, as facebookresearch/moco, and the last epoch is one short of `end`.
 */
export function learningRateSchedule(options: LearningRateOptions): (step: number) => number {
  const { peak, stepsPerEpoch, totalSteps, warmupSteps, warmupFrom, every, decay } = options;
  const unit = every === 'epoch' ? stepsPerEpoch : 1;
  const warmup = warmupSteps / unit;
  const length = totalSteps / unit - warmup;
  // A cosine over one more epoch than there is has that epoch as its end.
  const fall =
    decay.name === 'cosine'
      ? cosine({ start: 1, end: decay.end, steps: length + (every === 'epoch' ? 1 : 0) })
      : undefined;
  return (step) => {
    const at = Math.floor(step / unit);
    if (at < warmup) {
      return peak * (warmupFrom === undefined ? (at + 1) / warmup : warmupFrom + ((1 - warmupFrom) * at) / warmup);
    }
    if (fall) return peak * fall(at - warmup);
    return decay.name === 'step' ? peak * stepDecay(decay, (at * unit) / stepsPerEpoch) : peak;
  };
}

function stepDecay({ milestones, factor }: Extract<Decay, { name: 'step' }>, epoch: number): number {
  return factor ** milestones.filter((milestone) => epoch >= milestone).length;
}

/** Half a cosine from `start` at step 0 to exactly `end` at step `steps - 1`. */
export function cosine({ start, end, steps }: { start: number; end: number; steps: number }): (step: number) => number {
  return (step) => {
    const progress = steps <= 1 ? 1 : Math.min(step / (steps - 1), 1);
    return end - ((end - start) * (Math.cos(Math.PI * progress) + 1)) / 2;
  };
}

/** The learning rate for steps of `images` images, from one that is given for 256. */
export function scaleLearningRate(rate: number, images: number, rule: 'linear' | 'sqrt' | 'none'): number {
  if (rule === 'linear') return (rate * images) / 256;
  if (rule === 'sqrt') return rate * Math.sqrt(images / 256);
  return rate;
}
