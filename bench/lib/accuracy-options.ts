import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const USAGE = `Use: npm run bench -- accuracy [--data FOLDER] [--method simclr] [--seeds 0,1,2] [--epochs 20] [--peer recorded|run]

Trains with bin/cl-train.js on 10,000 CIFAR-10 images and compares the features with those of PyTorch + lightly.
FOLDER (or CL_CIFAR10) holds CIFAR-10 as train/<class>/*.jpg and test/<class>/*.jpg.
--peer recorded takes PyTorch's results from bench/accuracy-peer.json; --peer run measures them again (about 9 minutes a seed on 2 cores).`;

function stop(message: string): never {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(2);
}

/** Reads the command line; ends the process with what is wrong with it. */
export function readOptions() {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: process.env['CL_CIFAR10'] ?? '' },
      method: { type: 'string', default: 'simclr' },
      seeds: { type: 'string', default: '0,1,2' },
      epochs: { type: 'string', default: '20' },
      peer: { type: 'string', default: 'recorded' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const seeds = values.seeds.split(',').map(Number);
  const epochs = Number(values.epochs);
  if (!seeds.every((seed) => Number.isInteger(seed) && seed >= 0))
    stop(`Expected whole numbers in --seeds, got ${values.seeds}.`);
  if (!Number.isInteger(epochs) || epochs < 2)
    stop(`Expected a whole number of --epochs from 2, got ${values.epochs}.`);
  if (values.peer !== 'recorded' && values.peer !== 'run') stop(`Expected --peer recorded or run, got ${values.peer}.`);
  const config = join('configs', `${values.method}-accuracy.yaml`);
  if (values.method !== 'simclr' || !existsSync(config)) stop(`There is no peer for the method ${values.method}.`);
  if (values.data === '') stop('No CIFAR-10: name its folder by --data FOLDER or CL_CIFAR10.');
  for (const split of ['train', 'test']) {
    const folder = join(values.data, split);
    const classes = existsSync(folder)
      ? readdirSync(folder, { withFileTypes: true }).filter((e) => e.isDirectory())
      : [];
    if (classes.length !== 10) stop(`Expected 10 class folders in ${folder}, found ${classes.length}.`);
  }
  return { ...values, data: resolve(values.data), seeds, epochs, config };
}

export type Options = ReturnType<typeof readOptions>;
