import { viewsPerImage } from '../../config/resolve-views.ts';
import type { OptimizerConfig, ScheduleConfig, ViewsConfig } from '../../config/run-config.ts';
import { formatCount, formatPlural } from '../../util/format-count.ts';
import type { Steps } from '../assembly/steps.ts';

/** What the lines about steps are made from. */
interface StepPlan {
  readonly config: {
    readonly schedule: ScheduleConfig;
    readonly optimizer: OptimizerConfig;
    readonly views: ViewsConfig;
  };
  readonly steps: Steps;
  readonly imageCount: number;
}

const SHARES = [0.25, 0.5, 0.75, 1];

const rate = (value: number): string => String(Number(value.toPrecision(4)));

/** The images of a batch, and those of a step where it takes several batches. */
export function batchLine({ config: { schedule, views }, steps }: StepPlan): string {
  const batch = `${formatPlural(schedule.batchSize, 'image')}, ${formatCount(viewsPerImage(views) * schedule.batchSize)} views`;
  if (schedule.accumulate === 1) return batch;
  return `${batch}; ${schedule.accumulate} batches make a step of ${formatPlural(steps.imagesPerStep, 'image')}`;
}

function describeWarmup({ config: { schedule }, steps: { warmup } }: StepPlan): string {
  if (warmup === 0) return 'no warm-up';
  const from = schedule.warmupFrom === undefined ? '' : ` from ${rate(100 * schedule.warmupFrom)} %`;
  return `warm-up${from} until step ${formatCount(warmup)}`;
}

function describeDecay({ decay, every }: ScheduleConfig): string {
  const unit = every === 'epoch' ? ', changing every epoch' : '';
  switch (decay.name) {
    case 'cosine':
      return `then a cosine${decay.end === 0 ? '' : ` to ${rate(100 * decay.end)} %`}${unit}`;
    case 'step':
      return `times ${decay.factor} at epoch ${decay.milestones.join(', ')}${unit}`;
    case 'constant':
      return `then constant${unit}`;
  }
}

/** The rate at the start, at the end of the warm-up, and after quarters of the run. */
function describeRates({ steps }: StepPlan): string {
  const at = (label: string, step: number): string => `${label}: ${rate(steps.learningRate(step))}`;
  const quarters = SHARES.map((share) => at(`${100 * share} %`, Math.round(share * (steps.total - 1))));
  const warm = steps.warmup === 0 ? [] : [at('warm', steps.warmup)];
  return `at ${[at('0 %', 0), ...warm, ...quarters].join(', ')}`;
}

/** How many steps there are, and how the learning rate goes over them. */
export function stepLines(plan: StepPlan): string[] {
  const { schedule, optimizer } = plan.config;
  const { steps, imageCount } = plan;
  const dropped = imageCount - steps.perEpoch * steps.imagesPerStep;
  const rest = dropped === 0 ? '' : `; ${formatPlural(dropped, 'image')} of each epoch left over`;
  const rule = {
    linear: ` x ${steps.imagesPerStep}/256`,
    sqrt: ` x sqrt(${steps.imagesPerStep}/256)`,
    none: '',
  }[optimizer.scaling];
  const clip = optimizer.clipGradientNorm === undefined ? '' : `, gradients clipped to ${optimizer.clipGradientNorm}`;
  return [
    `${formatCount(steps.total)} = ${formatCount(steps.perEpoch)} x ${formatPlural(schedule.epochs, 'epoch')}${rest}`,
    `${optimizer.name}, learning rate ${rate(steps.peakRate)} (${optimizer.learningRate}${rule})${clip}, ${describeWarmup(plan)}, ${describeDecay(schedule)}`,
    describeRates(plan),
  ];
}
