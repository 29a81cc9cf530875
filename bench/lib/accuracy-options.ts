import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** Differences of the means up to here count as the same accuracy, in points; BYOL's seeds spread more in kNN. */
const LIMITS = {
  simclr: { knn: 1.5, linear: 1.5 },
  moco: { knn: 1.5, linear: 1.5 },
  byol: { knn: 2.5, linear: 1.5 },
} as const;

export type MethodName = keyof typeof LIMITS;

const USAGE = `Use: npm run bench -- accuracy [--method simclr|moco|byol] [--data FOLDER] [--seeds 0,1,2] [--epochs 20]
                               [--peer recorded|run] [--runs FOLDER]

Trains with bin/cl-train.js on 10,000 CIFAR-10 images and compares the features with those of PyTorch + lightly.
FOLDER (or CL_CIFAR10) holds CIFAR-10 as train/<class>/*.jpg and test/<class>/*.jpg.
--peer recorded takes PyTorch's results from bench/accuracy-peer.json; --peer run measures them again (about 9 minutes a seed on 2 cores).
--runs FOLDER trains nothing and reads finished runs of configs/<method>-accuracy.yaml: FOLDER/<method>-<seed>/report.json.`;

function stop(message: string): never {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(2);
}

/** The folder of CIFAR-10, checked. */
function checkData(folder: string): string {
  if (folder === '') stop('No CIFAR-10: name its folder by --data FOLDER or CL_CIFAR10.');
  for (const split of ['train', 'test']) {
    const path = join(folder, split);
    const classes = existsSync(path) ? readdirSync(path, { withFileTypes: true }).filter((e) => e.isDirectory()) : [];
    if (classes.length !== 10) stop(`Expected 10 class folders in ${path}, found ${classes.length}.`);
  }
  return resolve(folder);
}

function isMethod(name: string): name is MethodName {
  return Object.hasOwn(LIMITS, name);
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
      runs: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const { method, peer, runs } = values;
  const seeds = values.seeds.split(',').map(Number);
  const epochs = Number(values.epochs);
  if (!seeds.every((seed) => Number.isInteger(seed) && seed >= 0))
    stop(`Expected whole numbers in --seeds, got ${values.seeds}.`);
  if (!Number.isInteger(epochs) || epochs < 2)
    stop(`Expected a whole number of --epochs from 2, got ${values.epochs}.`);
  if (peer !== 'recorded' && peer !== 'run') stop(`Expected --peer recorded or run, got ${peer}.`);
  if (!isMethod(method)) stop(`Expected --method ${Object.keys(LIMITS).join(', ')}, got ${method}.`);
  const data = runs !== undefined && peer === 'recorded' ? '' : checkData(values.data);
  return {
    ...{ method, peer, seeds, epochs, data },
    runs: runs === undefined ? undefined : resolve(runs),
    limits: LIMITS[method],
    config: join('configs', `${method}-accuracy.yaml`),
  };
}

export type Options = ReturnType<typeof readOptions>;
