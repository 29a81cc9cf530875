import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AwaitedLine } from './watch-program.ts';

/** The two tools that are started. */
export const SIDES = ['here', 'lightlyTrain'] as const;
export type Side = (typeof SIDES)[number];

/** A command, and the line of a file of its own by which it has done its first step. */
export interface Start {
  readonly command: readonly [string, ...string[]];
  readonly awaited: AwaitedLine;
}

/** What is trained. */
export const TRAINED = { images: 2000, size: 64, batch: 128, epochs: 2 } as const;

/** An experiment as LightlyTrain's SimCLR has it, in our words: views, projector, optimizer, schedule. */
export const EXPERIMENT = `views: {recipe: simclr, size: ${TRAINED.size}}
backbone: {name: resnet18, stem: imagenet}
method: {name: simclr, temperature: 0.1, passes: joint, projector: {hidden: 2048, out: 128, layers: 2, batchNorm: true}}
optimizer: {name: sgd, learningRate: 0.3, momentum: 0.9, weightDecay: 1.0e-4, excludeBiasAndNorm: true}
schedule: {epochs: ${TRAINED.epochs}, batchSize: ${TRAINED.batch}, warmupEpochs: 0.2}
precision: float32
device: cpu
`;

/** Lays so many JPEG files of `train/CLASS/` into one folder, the same share of each class: images without labels. */
export function layImages(cifar: string, folder: string, count: number = TRAINED.images): string {
  mkdirSync(folder);
  const classes = readdirSync(join(cifar, 'train')).sort();
  const each = Math.ceil(count / classes.length);
  const files = classes.flatMap((name) =>
    readdirSync(join(cifar, 'train', name))
      .filter((file) => /\.jpe?g$/i.test(file))
      .sort()
      .slice(0, each)
      .map((file) => [join(cifar, 'train', name, file), `${name}-${file}`] as const),
  );
  if (files.length < count) throw new Error(`Expected ${count} JPEG files in ${cifar}/train, got ${files.length}.`);
  for (const [from, name] of files.slice(0, count)) copyFileSync(from, join(folder, name));
  return folder;
}

/** Which program is called on either side. */
export interface Programs {
  readonly here: readonly [string, ...string[]];
  readonly lightlyTrain: string;
}

/** The training on either side. */
export function startOf(side: Side, { here, lightlyTrain }: Programs, images: string, folder: string): Start {
  const output = join(folder, 'run');
  if (side === 'here') {
    const experiment = join(folder, 'start.yaml');
    writeFileSync(experiment, EXPERIMENT);
    return {
      command: [...here, '--config', experiment, '--data', images, '--output', output],
      awaited: { file: join(output, 'metrics.jsonl'), pattern: /"type":"step"/ },
    };
  }
  const settings = [
    ...[`out=${output}`, `data=${images}`, 'model=torchvision/resnet18', 'method=simclr', 'accelerator=cpu'],
    ...[`batch_size=${TRAINED.batch}`, `epochs=${TRAINED.epochs}`, 'precision=32-true'],
    `transform_args.image_size=[${TRAINED.size},${TRAINED.size}]`,
    // It tells of steps after 50 or an epoch, and writes them after 100 otherwise.
    ...['trainer_args.log_every_n_steps=1', 'loggers.jsonl.flush_logs_every_n_steps=1'],
  ];
  return {
    command: [lightlyTrain, 'pretrain', ...settings],
    awaited: { file: join(output, 'metrics.jsonl'), pattern: /"train_loss"/ },
  };
}

/** A mistake, as it is typed on either side. */
export interface Mistake {
  readonly name: string;
  command(side: Side): readonly [string, ...string[]];
}

/** Five mistakes that both tools refuse. `folder` is for what they need. */
export function mistakesOf(programs: Programs, images: string, folder: string): Mistake[] {
  const empty = join(folder, 'no-images');
  mkdirSync(empty);
  writeFileSync(join(empty, 'notes.txt'), 'No image is in this folder.\n');
  const typed = (name: string, here: readonly string[], there: readonly string[], data = images): Mistake => ({
    name,
    command(side) {
      const output = join(folder, `refused-${side}`);
      if (side === 'here') return [...programs.here, 'simclr', data, '--output', output, ...here];
      const given = [`out=${output}`, `data=${data}`, 'model=torchvision/resnet18', 'accelerator=cpu'];
      const method = there.some((word) => word.startsWith('method=')) ? [] : ['method=simclr'];
      return [programs.lightlyTrain, 'pretrain', ...given, ...method, ...there];
    },
  });
  return [
    typed('misspelt setting', ['--set', 'method.temprature=0.1'], ['method_args.temprature=0.1']),
    typed('missing folder', [], [], join(folder, 'nowhere')),
    typed('wrong method', ['--set', 'method.name=simcrl'], ['method=simcrl']),
    typed('no images', [], [], empty),
    typed('unknown option', ['--learning-rate', '0.1'], ['--learning-rate', '0.1']),
  ];
}
