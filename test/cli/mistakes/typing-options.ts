import type { Mistake } from './mistake.ts';

const TRAIN = 'cl-train simclr flowers';

/** An option of another tool, and what to write here. */
function option(theirs: string, ours: string): Mistake {
  return {
    command: `${TRAIN} ${theirs}`,
    says: [`error: unknown option '${theirs.split(' ')[0]}'`, `hint: did you mean ${ours}?`],
    instead: `${TRAIN} ${ours}`,
    named: ours,
  };
}

/** A setting by another name, or with another value, and what works in its place. */
function setting(theirs: string, says: string, ours?: string): Mistake {
  const key = theirs.split('=')[0];
  return {
    command: `${TRAIN} --set ${theirs}`,
    says: [`error: --set ${key}: ${says}`],
    instead: ours && `${TRAIN} --set ${ours}`,
    named: ours?.split('=').find((part) => says.includes(`"${part}"?`) || says.endsWith(`=${part}?`)),
  };
}

/** Options as LightlyTrain, lightly, solo-learn, timm and Lightning call them. */
export const TYPING_OPTIONS: readonly Mistake[] = [
  ...['--batch-size 128', '--lr 0.1', '--workers 2', '--epochs 3', '--seed 1'].map((served) => ({
    command: `${TRAIN} ${served} --dry-run`,
    code: 0,
    says: [],
  })),
  option('--batch_size 128', '--batch-size 128'),
  option('-b 128', '--batch-size 128'),
  option('--learning-rate 0.1', '--lr 0.1'),
  option('--num_workers 2', '--workers 2'),
  option('--max_epochs 3', '--epochs 3'),
  option('--epoch 3', '--epochs 3'),
  option('--out runs/a', '--output runs/a'),
  option('--output-dir runs/a', '--output runs/a'),
  option('--name a', '--output runs/a'),
  // Not run: without a GPU it is refused, by a dry run too.
  { ...option('--gpus 1', '--device gpu'), instead: undefined },
  option('--cpu', '--device cpu'),
  option('--accelerator cpu', '--device cpu'),
  { ...option('--max-steps 100', '--epochs N (lengths are in epochs)'), instead: undefined },
  option('--arch resnet50', '--set backbone.name=resnet50'),
  option('--model torchvision/resnet34', '--set backbone.name=resnet34'),
  option('--method moco', '--set method.name=moco'),
  option('--optimizer AdamW', '--set optimizer.name=adamw'),
  option('--weight-decay 0.01', '--set optimizer.weightDecay=0.01'),
  option('--temperature 0.1', '--set method.temperature=0.1'),
  option('--warmup 5', '--set schedule.warmupEpochs=5'),
  option('--image-size 64', '--set views.size=64'),
  option('--precision bf16-mixed', '--set precision=bfloat16'),
  option('--amp', '--set precision=bfloat16'),
  {
    ...option('--preset simclr', '--config simclr'),
    command: 'cl-train --preset simclr --data flowers',
    instead: 'cl-train --config simclr --data flowers',
  },
  {
    ...option('--dataset flowers', '--data flowers'),
    command: 'cl-train simclr --dataset flowers',
    instead: 'cl-train simclr --data flowers',
  },
  {
    command: 'cl-train --dry-rn simclr flowers',
    says: ["error: unknown option '--dry-rn'", 'hint: did you mean --dry-run?'],
    instead: 'cl-train --dry-run simclr flowers',
    named: '--dry-run',
  },
  {
    command: 'cl-train --fp16 simclr flowers',
    says: ["error: unknown option '--fp16'", 'hint: did you mean --set precision=float16?'],
  },
  {
    command: `${TRAIN} --frobnicate`,
    says: [
      "error: unknown option '--frobnicate'",
      'hint: cl-train --help lists the options; --set KEY=VALUE changes a setting',
    ],
    instead: 'cl-train --help',
    named: 'cl-train --help',
  },
  {
    command: `${TRAIN} --overwrite True`,
    says: ['error: too many arguments. Expected 2 arguments but got 3.', 'hint: --overwrite takes no value'],
    instead: `${TRAIN} --overwrite`,
    named: '--overwrite',
  },
  setting('method=dino', 'expected a mapping with `name`, got "dino"; the names are simclr, moco, mocov3, byol'),
  setting(
    'backbone=resnet50',
    'expected a mapping with `name`, got "resnet50"; did you mean backbone.name=resnet50?',
    'backbone.name=resnet50',
  ),
  setting('image_size=64', 'expected a known setting, got "image_size"; did you mean "views.size"?', 'views.size=64'),
  setting(
    'optim.lr=0.1',
    'expected a known setting, got "optim"; did you mean "optimizer.learningRate"?',
    'optimizer.learningRate=0.1',
  ),
  setting(
    'precision=bf16-mixed',
    'expected one of "float32", "bfloat16", "float16", got "bf16-mixed"; did you mean "bfloat16"?',
    'precision=bfloat16',
  ),
  {
    command: `${TRAIN} --device cuda`,
    says: ['error: --device: expected one of "auto", "cpu", "gpu", got "cuda"; did you mean "gpu"?'],
  },
  {
    command: `${TRAIN} --epochs 0`,
    says: ['error: --epochs: expected more than 0, got 0'],
  },
  {
    command: 'cl-train quickstart flowers --epochs 1 --batch-size 64 --dry-run',
    code: 0,
    says: [
      "note: --epochs 1: schedule.warmupEpochs 0.13 in place of the file's 1 of 8; --set schedule.warmupEpochs=N chooses another",
    ],
  },
  {
    command: `${TRAIN} --batch-size big`,
    says: ['error: --batch-size: expected a number, got "big"'],
  },
  {
    command: `${TRAIN} --set batchSize=64`,
    says: ['error: --set batchSize: expected a known setting, got "batchSize"; did you mean "schedule.batchSize"?'],
    instead: `${TRAIN} --set schedule.batchSize=64`,
    named: 'schedule.batchSize',
  },
  {
    command: `${TRAIN} --set schedule.batchSize 64`,
    says: [
      'error: --set: expected KEY=VALUE, got "schedule.batchSize"',
      'hint: for example --set optimizer.learningRate=0.1',
    ],
    instead: `${TRAIN} --set optimizer.learningRate=0.1`,
    named: '--set optimizer.learningRate=0.1',
  },
  {
    command: 'cl-train simclr extra=1',
    says: [
      'error: expected the name of a preset, then images, got simclr extra=1',
      'hint: no option and no setting is named extra: cl-train --print-schema prints the settings',
    ],
    instead: 'cl-train --print-schema',
  },
  {
    command: 'cl-train simclr flowers method.temprature=0.5',
    says: [
      'error: too many arguments. Expected 2 arguments but got 3.',
      'hint: did you mean --set method.temperature=0.5?',
    ],
    instead: 'cl-train simclr flowers --set method.temperature=0.5',
    named: '--set method.temperature=0.5',
  },
];
