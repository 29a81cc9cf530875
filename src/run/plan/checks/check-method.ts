import type { MethodConfig } from '../../../config/run-config.ts';
import type { CheckedRun, CheckedSettings, SettingProblems } from './checked-run.ts';

type Moco = Extract<MethodConfig, { name: 'moco' }>;

/** Temperatures outside are not known to work with any method. */
const TEMPERATURES = { least: 0.03, most: 1 };
/** Below this a target network follows the online one too fast. */
const LEAST_DECAY = 0.9;

const USUAL_TEMPERATURE = {
  simclr: '0.1 on ImageNet, 0.2 to 0.5 on CIFAR',
  moco: '0.07 (version 1), 0.2 (version 2), 0.1 on CIFAR',
  mocov3: '1 for ResNet-50, 0.2 for ViT and on CIFAR',
};
const USUAL_DECAY = {
  moco: '0.999 with 65536 keys, 0.99 with 4096',
  mocov3: '0.99 to 1 by a cosine',
  byol: '0.99 to 1 by a cosine',
};

const NOTHING: SettingProblems = { errors: [], warnings: [] };

function merge(...all: readonly SettingProblems[]): SettingProblems {
  return { errors: all.flatMap(({ errors }) => errors), warnings: all.flatMap(({ warnings }) => warnings) };
}

function checkTemperature(method: MethodConfig): SettingProblems {
  if (!('temperature' in method)) return NOTHING;
  const { name, temperature } = method;
  if (temperature >= TEMPERATURES.least && temperature <= TEMPERATURES.most) return NOTHING;
  const reason =
    temperature < TEMPERATURES.least
      ? 'so low that only the hardest negative counts'
      : 'so high that all negatives count alike';
  return {
    errors: [],
    warnings: [`method.temperature: ${temperature} is ${reason}; usual: ${USUAL_TEMPERATURE[name]}`],
  };
}

function checkDecay(method: MethodConfig): SettingProblems {
  if (!('emaDecay' in method)) return NOTHING;
  const { start, end = start } = method.emaDecay;
  const usual = `usual: ${USUAL_DECAY[method.name]}`;
  const error = (reason: string): SettingProblems => ({
    errors: [`method.emaDecay: ${reason}; ${usual}`],
    warnings: [],
  });
  const warning = (reason: string): SettingProblems => ({
    errors: [],
    warnings: [`method.emaDecay: ${reason}; ${usual}`],
  });
  if (start === 0 && end === 0) return error('at 0 the target network is the online one, and training fails');
  if (start === 1 && end === 1) return warning('at 1 the target network stays as it was drawn at random');
  if (end < start) return warning(`falls from ${start} to ${end}, so the target network follows ever faster`);
  if (start < LEAST_DECAY) return warning(`${start} is so low that the target network is no steady one`);
  return NOTHING;
}

function checkQueue({ queueSize, queues, symmetric }: Moco, { imageCount, steps }: CheckedRun): SettingProblems {
  const keys = (steps.imagesPerStep * (symmetric === 'none' ? 1 : 2)) / queues;
  if (keys > queueSize) {
    const fitting = 2 ** Math.ceil(Math.log2(keys));
    return {
      errors: [
        `method.queueSize: a step brings ${keys} keys, more than the ${queueSize} of the queue; at least: ${fitting}`,
      ],
      warnings: [],
    };
  }
  const warnings: (string | false)[] = [
    queueSize % keys !== 0 &&
      `method.queueSize: ${queueSize} is no multiple of the ${keys} keys of a step, so some keys grow older than others; usual: ${Math.round(queueSize / keys) * keys}`,
    queueSize > imageCount &&
      `method.queueSize: ${queueSize} keys of ${imageCount} images: older keys of an image are among its negatives; usual: 4096 on CIFAR, 65536 on ImageNet`,
  ];
  return { errors: [], warnings: warnings.filter((warning) => warning !== false) };
}

function checkGroups({ batchNormGroups: groups }: Moco, batchSize: number): SettingProblems {
  const error = (reason: string): SettingProblems => ({
    errors: [`method.batchNormGroups: ${reason}; usual: 8 groups of a batch of 512`],
    warnings: [],
  });
  if (batchSize % groups !== 0) return error(`${groups} groups do not divide a batch of ${batchSize} images`);
  if (batchSize === groups) return error(`${groups} groups leave BatchNorm one image each, which normalises to 0`);
  return NOTHING;
}

function checkNegatives({ method, schedule: { accumulate, batchSize } }: CheckedSettings): SettingProblems {
  if (accumulate === 1 || (method.name !== 'simclr' && method.name !== 'mocov3')) return NOTHING;
  const reason = `${accumulate} batches make a step, but the negatives stay those of one batch of ${batchSize} images`;
  return {
    errors: [],
    warnings: [`schedule.accumulate: ${reason}; a larger schedule.batchSize has more, and MoCo has a queue`],
  };
}

/** Temperatures, target networks, queues and batches that a method is known to fail with. */
export function checkMethod(run: CheckedRun): SettingProblems {
  const { method, schedule } = run.config;
  return merge(
    checkTemperature(method),
    checkDecay(method),
    method.name === 'moco' ? checkQueue(method, run) : NOTHING,
    method.name === 'moco' ? checkGroups(method, schedule.batchSize) : NOTHING,
    checkNegatives(run.config),
  );
}
