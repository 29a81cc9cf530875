import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';

const folder = fileURLToPath(new URL('../../configs', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

test('the configurations are these', () => {
  expect(names).toEqual([
    'byol-accuracy.yaml',
    'byol-cifar.yaml',
    'byol-imagenet.yaml',
    'byol-imagenet100-multicrop.yaml',
    'byol-imagenet100.yaml',
    'byol.yaml',
    'moco-accuracy.yaml',
    'moco-cifar.yaml',
    'moco.yaml',
    'mocov1-imagenet.yaml',
    'mocov2-imagenet.yaml',
    'mocov2plus-cifar.yaml',
    'mocov2plus-imagenet100.yaml',
    'mocov3-cifar.yaml',
    'mocov3-imagenet.yaml',
    'mocov3-imagenet100.yaml',
    'mocov3-vit-imagenet.yaml',
    'quickstart.yaml',
    'simclr-accuracy.yaml',
    'simclr-cifar-google.yaml',
    'simclr-cifar.yaml',
    'simclr-imagenet.yaml',
    'simclr-imagenet100-multicrop.yaml',
    'simclr-imagenet100.yaml',
    'simclr.yaml',
    'simclrv2-imagenet.yaml',
  ]);
});

test.each(names)('%s parses, and its head says how to run it and what it reaches', (name) => {
  const text = readFileSync(join(folder, name), 'utf8');
  expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./schema.json');
  const head = text.slice(0, text.search(/^[^#\n]/m));
  const preset = name.replace('.yaml', '');
  expect(head).toMatch(new RegExp(`^#   cl-train ${preset}( FOLDER( --seed 0)?)?$`, 'm'));
  expect(head).toMatch(/^# .+ on .+ with a .+: /m);
  expect(head).toMatch(/^# Source: /m);
  expect(head).toMatch(/^# (Published|There): /m);
  expect(head).toMatch(/^# Measured here: /m);
  const needsData = head.includes(`cl-train ${preset} FOLDER`);
  const config = loadConfig(
    join(folder, name),
    needsData ? [{ label: '--data', key: 'data.path', text: '/images' }] : [],
  );
  expect(config.output).toBe(`runs/${preset}`);
  if (!needsData) expect(dirname(config.data.path)).toBe(join(folder, '..', 'data'));
});

test('the quickstart has its images in the repository', () => {
  expect(existsSync(loadConfig(join(folder, 'quickstart.yaml')).data.path)).toBe(true);
});

test('simclr-accuracy.yaml is the recipe that the accuracy bench compares with, number by number', () => {
  const config = loadConfig(join(folder, 'simclr-accuracy.yaml'), [
    { label: '--data', key: 'data.path', text: '/images' },
  ]);
  expect(config).toMatchInlineSnapshot(`
    {
      "backbone": {
        "init": "torch",
        "name": "resnet18",
        "stem": "cifar",
        "width": 16,
        "zeroInitResidual": false,
      },
      "checkpoint": {
        "everyEpochs": 1,
        "keep": 2,
        "keepBest": false,
        "retryMinutes": 10,
      },
      "data": {
        "cache": "auto",
        "cacheBudget": 20000000000,
        "labels": "auto",
        "maxBadShare": 0.01,
        "memoryBudget": 2000000000,
        "path": "/images",
        "retryMinutes": 10,
        "subsetPerClass": 1000,
        "workers": "auto",
      },
      "deterministic": "auto",
      "device": "auto",
      "evaluate": {
        "floors": true,
        "holdout": 0,
        "knn": {
          "everyEpochs": 20,
          "k": 200,
          "temperature": 0.1,
        },
        "linearProbe": true,
      },
      "export": {
        "atEnd": [
          "torchvision",
        ],
      },
      "gpu": {
        "layoutOptimizer": true,
        "memoryGrowth": true,
        "stageBatches": true,
        "tf32": true,
        "xla": "off",
      },
      "log": {
        "everySteps": 10,
      },
      "method": {
        "name": "simclr",
        "passes": "joint",
        "projector": {
          "batchNorm": true,
          "hidden": 128,
          "lastBatchNorm": "none",
          "lastBias": true,
          "layers": 2,
          "out": 64,
        },
        "temperature": 0.2,
      },
      "optimizer": {
        "excludeBiasAndNorm": false,
        "learningRate": 0.06,
        "momentum": 0.9,
        "name": "sgd",
        "nesterov": false,
        "scaling": "linear",
        "weightDecay": 0.0005,
      },
      "output": "runs/simclr-accuracy",
      "precision": "float32",
      "schedule": {
        "accumulate": 1,
        "batchSize": 256,
        "decay": {
          "end": 0,
          "name": "cosine",
        },
        "epochs": 20,
        "every": "step",
        "warmupEpochs": 1,
      },
      "seed": 0,
      "threads": "auto",
      "views": {
        "blur": {
          "kernel": "auto",
          "probability": 0,
          "sigma": [
            0.1,
            2,
          ],
        },
        "crop": {
          "area": [
            0.2,
            1,
          ],
          "interpolation": "bilinear",
          "ratio": [
            0.75,
            1.3333333333333333,
          ],
        },
        "flip": 0.5,
        "grey": 0.2,
        "jitter": {
          "brightness": 0.4,
          "contrast": 0.4,
          "hue": 0.1,
          "probability": 0.8,
          "saturation": 0.4,
        },
        "normalize": "cifar10",
        "size": 32,
        "solarize": {
          "probability": 0,
          "threshold": 0.5,
        },
      },
    }
  `);
});
