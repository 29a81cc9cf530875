import type { OptimizerConfig } from '../../../config/run-config.ts';
import type { CheckedRun, SettingProblems } from './checked-run.ts';

/** Above this, Adam's steps of fixed size destroy more than they build (lucidrains/byol-pytorch issues 39 and 44). */
const ADAM_MOST = 3e-3;
/** LARS has two published regimes: trust 0.001 without clip on ImageNet, 0.02 with clip on CIFAR. */
const TRUST_BETWEEN = 0.005;
/** Learning rates for 256 images: SGD's are 0.03 to 0.3, those of LARS without clip 0.2 to 1.2. */
const SGD_MOST = 1;
const LARS_LEAST = 0.1;

const REGIMES =
  'usual: trustCoefficient 0.001 without clip at 0.2 to 0.6 for 256 images (ImageNet), or 0.02 with `clip: true` at 0.3 to 1 (solo-learn on CIFAR)';

const rounded = (value: number): string => String(Number(value.toPrecision(4)));

type Lars = Extract<OptimizerConfig, { name: 'lars' }>;

function checkLars({ trustCoefficient, clip }: Lars, ratePer256: number): (string | false)[] {
  const isLarge = trustCoefficient > TRUST_BETWEEN;
  return [
    isLarge &&
      !clip &&
      `optimizer.trustCoefficient: ${trustCoefficient} without \`clip\` lets a step change weights by ${rounded(100 * trustCoefficient)} % for each unit of learning rate; ${REGIMES}`,
    !isLarge &&
      clip &&
      `optimizer.clip: clipped, the learning rate has no effect wherever the trust ratio is below it, and with a trustCoefficient of ${trustCoefficient} it mostly is; ${REGIMES}`,
    !isLarge &&
      !clip &&
      ratePer256 < LARS_LEAST &&
      `optimizer.learningRate: ${rounded(ratePer256)} for 256 images is a rate of SGD; with LARS at trustCoefficient ${trustCoefficient} hardly anything moves; ${REGIMES}`,
  ];
}

/** Learning rates of another optimizer's size, and mixtures of LARS's two regimes. */
export function checkOptimizer({ config: { optimizer }, steps }: CheckedRun): SettingProblems {
  const { peakRate, imagesPerStep } = steps;
  const ratePer256 = (peakRate * 256) / imagesPerStep;
  const isAdam = optimizer.name === 'adam' || optimizer.name === 'adamw';
  const usual = optimizer.name === 'adam' ? '3e-4' : '1.5e-4 for 256 images (MoCo v3)';
  const warnings: (string | false)[] = [
    isAdam &&
      peakRate > ADAM_MOST &&
      `optimizer.learningRate: a peak of ${rounded(peakRate)} is of the size of LARS or SGD; with ${optimizer.name} the features collapse or the loss diverges above ${ADAM_MOST}; usual: ${usual}`,
    optimizer.name === 'sgd' &&
      ratePer256 > SGD_MOST &&
      `optimizer.learningRate: ${rounded(ratePer256)} for 256 images is a rate of LARS, at which SGD diverges; usual: 0.03 to 0.3 for 256 images`,
    ...(optimizer.name === 'lars' ? checkLars(optimizer, ratePer256) : []),
  ];
  return { errors: [], warnings: warnings.filter((warning) => warning !== false) };
}
