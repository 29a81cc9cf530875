import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { formatConfig } from '../../src/config/format-config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { folderOf, load, messageOf } from './problems.ts';

const MINIMAL = 'data: {path: /images}\nmethod: {name: simclr}\n';

test('a minimal file gets every default', () => {
  const config = load(MINIMAL);
  expect(config.output).toBe('runs/run');
  expect(config.schedule).toEqual({
    epochs: 200,
    batchSize: 256,
    accumulate: 1,
    warmupEpochs: 0,
    decay: { name: 'cosine', end: 0 },
    every: 'step',
  });
  expect(config.optimizer).toMatchObject({ name: 'sgd', learningRate: 0.06, scaling: 'linear' });
  expect(config.method.projector).toMatchObject({ hidden: 2048, out: 128, layers: 2, batchNorm: true });
  expect(config.data.memoryBudget).toBe(2e9);
});

test('the result is frozen at every depth', () => {
  const config = load(MINIMAL);
  expect(() => {
    (config.views.crop.area as [number, number])[0] = 0.5;
  }).toThrow(TypeError);
});

test('the optimizer is SGD unless it is named', () => {
  expect(load(MINIMAL, 'optimizer.learningRate=1').optimizer).toMatchObject({ name: 'sgd', learningRate: 1 });
  expect(load(`${MINIMAL}optimizer: {momentum: 0.5}`).optimizer).toMatchObject({ name: 'sgd', momentum: 0.5 });
  expect(load(MINIMAL, 'optimizer={momentum: 0.5}').optimizer).toMatchObject({ name: 'sgd', momentum: 0.5 });
  expect(load(`${MINIMAL}optimizer: {name: lars}`, 'optimizer.momentum=0.5').optimizer.name).toBe('lars');
});

test('an empty section means its defaults', () => {
  expect(load(`${MINIMAL}views:\noptimizer:\nevaluate:\n  knn:\n`)).toEqual(load(MINIMAL));
});

test('a warm-up as long as training is told with both lengths, and a setting that is right', () => {
  const file = `${MINIMAL}schedule: {epochs: 200, warmupEpochs: 10}`;
  expect(messageOf(() => load(file, 'schedule.epochs=1'))).toContain(
    'schedule.warmupEpochs: expected fewer than `schedule.epochs`, which is 1 (such as 0), got 10',
  );
  expect(messageOf(() => load(file, 'schedule.epochs=6'))).toContain('which is 6 (such as 0), got 10');
});

test('classes may be numbers, and a fraction is a share', () => {
  const config = load(MINIMAL, 'data.classes=[3, cat, "05"]', 'data.fraction=0.01');
  expect(config.data.classes).toEqual(['3', 'cat', '05']);
  expect(load(formatConfig(config))).toEqual(config);
  expect(messageOf(() => load(MINIMAL, 'data.fraction=1.5', 'data.classes=[]'))).toMatchInlineSnapshot(`
    "exit 2: 2 settings are wrong
      --set data.classes: expected a list of at least 1, got []
      --set data.fraction: expected at most 1, got 1.5
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
});

test('the printed configuration reads back as the same configuration', () => {
  const config = load(
    `${MINIMAL}output: elsewhere\nviews: {second: {blur: {probability: 0.1}}, normalize: {mean: [0, 0, 0], std: [1, 1, 1]}}`,
    'optimizer.name=lars',
    'data.memoryBudget=512MiB',
    'checkpoint.everySteps=5',
  );
  expect(config.data.memoryBudget).toBe(512 * 2 ** 20);
  expect(load(formatConfig(config))).toEqual(config);
});

test('all problems are told at once, in the order of their lines', () => {
  const text = `seed: -1
data:
  path: x
  memoryBudget: lots
method:
  name: simclr
  temprature: 0.5
  projector: {hidden: 1.5, layers: 4}
optimizer:
  name: lras
optimiser: 3
lr: 0.1
views:
  size: "32"
  crop:
    area: [0.5, 0.2]
    ratio: [1]
  blur: {kernel: 4, sigma: wide}
  normalize: {mean: [1, 2], st: 3}
  second: {jitter: {hue: 0.7}, solarise: 1}
schedule:
  epochs: 5
  warmupEpochs: 5
device: gpuu
deterministic: 3
__proto__: 3
`;
  expect(messageOf(() => load(text, 'log.everySteps=ten', 'evaluate.knnn=3'))).toMatchInlineSnapshot(`
    "exit 2: 23 settings are wrong
      run.yaml:1:7 seed: expected at least 0, got -1
      run.yaml:4:17 data.memoryBudget: expected a size such as 2GB or 512MiB, or a whole number of bytes, got "lots"
      run.yaml:7:3 method.temprature: expected a known setting, got "temprature"; did you mean "temperature"?
      run.yaml:8:23 method.projector.hidden: expected a whole number, got 1.5
      run.yaml:10:9 optimizer.name: expected one of "sgd", "lars", "adam", "adamw", got "lras"; did you mean "lars"?
      run.yaml:11:1 optimiser: expected a known setting, got "optimiser"; did you mean "optimizer"?
      run.yaml:12:1 lr: expected a known setting, got "lr"; did you mean "optimizer.learningRate"?
      run.yaml:14:9 views.size: expected a number, got "32"
      run.yaml:16:11 views.crop.area: expected [low, high] with low <= high, got [0.5,0.2]
      run.yaml:17:12 views.crop.ratio: expected a list [low, high] of two numbers, got [1]
      run.yaml:18:28 views.blur.sigma: expected a list [low, high] of two numbers, got "wide"
      run.yaml:18:18 views.blur.kernel: expected an odd whole number of pixels, got 4
      run.yaml:19:21 views.normalize.mean: expected a list of three numbers, one a channel, got [1,2]
      run.yaml:19:3 views.normalize.std: expected a list of three numbers, one a channel, got nothing
      run.yaml:19:29 views.normalize.st: expected a known setting, got "st"; did you mean "std"?
      run.yaml:20:26 views.second.jitter.hue: expected at most 0.5, got 0.7
      run.yaml:20:32 views.second.solarise: expected a known setting, got "solarise"; did you mean "solarize"?
      run.yaml:23:17 schedule.warmupEpochs: expected fewer than \`schedule.epochs\`, which is 5 (such as 0), got 5
      run.yaml:24:9 device: expected one of "auto", "cpu", "gpu", got "gpuu"; did you mean "gpu"?
      run.yaml:25:16 deterministic: expected "auto", true or false, got 3
      run.yaml:26:1 __proto__: expected a known setting, got "__proto__"; the settings are seed, output, init, data, views, backbone, method, optimizer, schedule, device, precision, threads, deterministic, gpu, evaluate, checkpoint, export, log
      --set evaluate.knnn: expected a known setting, got "knnn"; did you mean "knn"?
      --set log.everySteps: expected a number, got "ten"
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
});

test('a missing value is placed at its nearest parent in the file', () => {
  expect(messageOf(() => load('seed: 1\n\ndata:\n  workers: 2\nmethod: {name: simclr}'))).toMatchInlineSnapshot(`
    "exit 2: run.yaml:3:1 data.path: expected the training images, a folder or an archive (--set data.path=FOLDER), got nothing
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(messageOf(() => load('data: {path: x}\nmethod: {}'))).toMatchInlineSnapshot(`
    "exit 2: run.yaml:2:1 method.name: expected one of "simclr", "moco", "mocov3", "byol", got nothing
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(messageOf(() => load('data: {path: x}\nmethod: simclr'))).toMatchInlineSnapshot(`
    "exit 2: run.yaml:2:9 method: expected a mapping with \`name\`, got "simclr"; did you mean {name: simclr}?
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(messageOf(() => load('data: {path: x}'))).toMatchInlineSnapshot(`
    "exit 2: run.yaml:1:1 method: expected a mapping with \`name\`, got nothing
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
});

test('the name of the backbone decides which settings it has', () => {
  const resnet = { name: 'resnet18', stem: 'imagenet', width: 64, zeroInitResidual: false, init: 'he-fan-out' };
  expect(load(MINIMAL).backbone).toEqual(resnet);
  expect(load(`${MINIMAL}backbone: {stem: cifar}`).backbone).toEqual({ ...resnet, stem: 'cifar' });
  expect(load(MINIMAL, 'backbone.name=resnet50x2').backbone).toEqual({ ...resnet, name: 'resnet50x2' });
  expect(load(`${MINIMAL}backbone: {name: vit-small-16}`).backbone).toEqual({
    name: 'vit-small-16',
    positions: 'fixed',
    heads: 'auto',
  });
  expect(
    messageOf(() => load(`${MINIMAL}backbone: {name: vit-small-16, stem: cifar, widht: 8}`)),
  ).toMatchInlineSnapshot(`
      "exit 2: 2 settings are wrong
        run.yaml:3:32 backbone.stem: expected a known setting, got "stem"; it belongs to another backbone.name
        run.yaml:3:45 backbone.widht: expected a known setting, got "widht"; did you mean "backbone.width"?
      hint: every setting, its bounds and its meaning: cl-train --print-schema"
    `);
  expect(messageOf(() => load(`${MINIMAL}backbone: {name: resnet51}`))).toMatchInlineSnapshot(`
    "exit 2: run.yaml:3:18 backbone.name: expected one of "resnet18", "resnet34", "resnet50", "resnet101", "resnet18x2", "resnet50x2", "resnet101x2", "wide-resnet50-2", "vit-tiny-16", "vit-small-16", got "resnet51"; did you mean "resnet50"?
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
});

test('a setting of another optimizer is unknown to this one', () => {
  expect(messageOf(() => load(`${MINIMAL}optimizer: {name: sgd, trustCoefficient: 0.1}`))).toMatchInlineSnapshot(`
    "exit 2: run.yaml:3:24 optimizer.trustCoefficient: expected a known setting, got "trustCoefficient"; it belongs to another optimizer.name
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
});

test('the decay of the schedule has the settings of its kind only', () => {
  const schedule = (text: string) => messageOf(() => load(`${MINIMAL}schedule: {${text}}`));
  expect(schedule('decay: {name: step, milestones: [120, 160]}')).toBe('no error');
  expect(schedule('decay: {end: 0.1}')).toBe('no error');
  expect(schedule('end: 0.1')).toMatchInlineSnapshot(`
    "exit 2: run.yaml:3:12 schedule.end: expected a known setting, got "end"; did you mean "method.emaDecay.end"?
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(schedule('decay: cosine')).toMatchInlineSnapshot(`
    "exit 2: run.yaml:3:19 schedule.decay: expected a mapping with \`name\`, got "cosine"; did you mean {name: cosine}?
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(schedule('decay: {name: step}')).toMatchInlineSnapshot(`
    "exit 2: run.yaml:3:12 schedule.decay.milestones: expected a list of epochs, for example [120, 160], got nothing
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(schedule('decay: {name: step, milestones: [160, 120]}')).toMatchInlineSnapshot(`
    "exit 2: run.yaml:3:44 schedule.decay.milestones: expected epochs in rising order, got [160,120]
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(schedule('decay: {name: step, milestones: [10], end: 0.1}')).toMatchInlineSnapshot(`
    "exit 2: run.yaml:3:50 schedule.decay.end: expected a known setting, got "end"; did you mean "method.emaDecay.end"?
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(schedule('decay: {name: constant, factor: 0.5}')).toMatchInlineSnapshot(`
    "exit 2: run.yaml:3:36 schedule.decay.factor: expected a known setting, got "factor"; it belongs to another schedule.decay.name
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(schedule('every: epoch, warmupEpochs: 0.5')).toMatchInlineSnapshot(`
    "exit 2: run.yaml:3:40 schedule.warmupEpochs: expected a whole number of epochs with \`schedule.every: epoch\`, got 0.5
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
});

test('a file that does not exist points to one that does', () => {
  const folder = folderOf({ 'simclr.yaml': MINIMAL, 'moco.yaml': MINIMAL, 'notes.txt': '' });
  expect(messageOf(() => loadConfig(join(folder, 'simlcr.yaml')))).toMatchInlineSnapshot(`
    "exit 2: --config: expected a YAML file, got simlcr.yaml, which does not exist
    hint: did you mean simclr.yaml?"
  `);
  expect(messageOf(() => loadConfig(join(folder, 'simclr')))).toMatchInlineSnapshot(`
    "exit 2: --config: expected a YAML file, got simclr, which does not exist
    hint: did you mean simclr.yaml?"
  `);
  expect(messageOf(() => loadConfig(join(folder, 'something-else.yaml')))).toMatchInlineSnapshot(`
    "exit 2: --config: expected a YAML file, got something-else.yaml, which does not exist
    hint: in : moco.yaml, simclr.yaml"
  `);
  expect(messageOf(() => loadConfig(folder))).toMatchInlineSnapshot(`
    "exit 2: --config: expected a YAML file, got the folder 
    hint: in : moco.yaml, simclr.yaml"
  `);
  expect(messageOf(() => loadConfig(join(folder, 'no-folder', 'x.yaml')))).toMatchInlineSnapshot(
    `"exit 2: --config: expected a YAML file, got no-folder/x.yaml, which does not exist"`,
  );
});

test('--set applies over the file, in order, and its last value wins', () => {
  const config = load(
    `${MINIMAL}seed: 1`,
    'seed=2',
    'seed=3',
    'views.crop.area=[0.2, 1]',
    'views.second.blur.probability=1e-1',
    'optimizer={name: lars, learningRate: 1}',
    'optimizer.momentum=0.5',
  );
  expect(config.seed).toBe(3);
  expect(config.views.crop.area).toEqual([0.2, 1]);
  expect(config.views.second?.blur?.probability).toBe(0.1);
  expect(config.optimizer).toMatchObject({ name: 'lars', learningRate: 1, momentum: 0.5 });
});

test('--set takes text as it stands where text is expected', () => {
  expect(load(MINIMAL, 'data.path=/a: b #c').data.path).toBe('/a: b #c');
  expect(load(MINIMAL, 'data.path=/2024').data.path).toBe('/2024');
  expect(load(MINIMAL, 'output=12').output).toBe('12');
});

test('--set problems name the option', () => {
  expect(messageOf(() => load(MINIMAL, 'seed=-1', 'seed'))).toMatchInlineSnapshot(`
    "exit 2: --set: expected KEY=VALUE, got "seed"
    hint: for example --set optimizer.learningRate=0.1"
  `);
  expect(messageOf(() => load(MINIMAL, '=3'))).toMatchInlineSnapshot(`
    "exit 2: --set: expected KEY=VALUE, got "=3"
    hint: for example --set optimizer.learningRate=0.1"
  `);
  expect(messageOf(() => load(MINIMAL, 'views..size=3'))).toMatchInlineSnapshot(`
    "exit 2: --set: expected KEY=VALUE, got "views..size=3"
    hint: for example --set optimizer.learningRate=0.1"
  `);
  expect(messageOf(() => load(MINIMAL, 'seed=[1'))).toMatchInlineSnapshot(
    `
    "exit 2: --set seed: expected a YAML value, got "[1" (Flow sequence must end with a ])
    hint: quote it for the shell, for example --set 'views.crop.area=[0.2, 1]'"
  `,
  );
  expect(messageOf(() => load(MINIMAL, 'foo.bar=1'))).toMatchInlineSnapshot(`
    "exit 2: --set foo.bar: expected a known setting, got "foo"; the settings are seed, output, init, data, views, backbone, method, optimizer, schedule, device, precision, threads, deterministic, gpu, evaluate, checkpoint, export, log
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(messageOf(() => load(MINIMAL, 'optim.momentum=1'))).toMatchInlineSnapshot(`
    "exit 2: --set optim.momentum: expected a known setting, got "optim"; did you mean "optimizer.momentum"?
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(messageOf(() => load(MINIMAL, 'learning_rate=1'))).toMatchInlineSnapshot(`
    "exit 2: --set learning_rate: expected a known setting, got "learning_rate"; did you mean "optimizer.learningRate"?
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(messageOf(() => load(MINIMAL, 'seed.x=1'))).toMatchInlineSnapshot(`
    "exit 2: --set seed.x: expected a number, got a mapping
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(messageOf(() => load(`${MINIMAL}seed: 1`, 'seed.x=1'))).toMatchInlineSnapshot(`
    "exit 2: --set seed.x: \`seed\` is one value and has no parts
    hint: set seed as a whole"
  `);
  expect(messageOf(() => load(MINIMAL, 'views.crop.area.0=1'))).toMatchInlineSnapshot(`
    "exit 2: --set views.crop.area.0: expected a list [low, high] of two numbers, got a mapping
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(messageOf(() => load(MINIMAL, '__proto__.seed=1'))).toMatchInlineSnapshot(`
    "exit 2: --set __proto__.seed: expected a known setting, got "__proto__"; the settings are seed, output, init, data, views, backbone, method, optimizer, schedule, device, precision, threads, deterministic, gpu, evaluate, checkpoint, export, log
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(messageOf(() => load(MINIMAL, 'constructor=1'))).toMatchInlineSnapshot(`
    "exit 2: --set constructor: expected a known setting, got "constructor"; the settings are seed, output, init, data, views, backbone, method, optimizer, schedule, device, precision, threads, deterministic, gpu, evaluate, checkpoint, export, log
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(({} as { seed?: number }).seed).toBeUndefined();
});

test('data paths: beside the file, then the working directory; from the command line the working directory', () => {
  const folder = folderOf({
    'run.yaml': 'data: {path: images.tar, test: val}\nmethod: {name: simclr}',
    'images.tar': '',
  });
  const file = join(folder, 'run.yaml');
  expect(loadConfig(file).data.path).toBe(join(folder, 'images.tar'));
  const set = (text: string) => loadConfig(file, [{ label: '--data', key: 'data.path', text }]).data.path;
  expect(set('images.tar')).toBe(resolve('images.tar'));
  expect(set('~/images')).toBe(join(homedir(), 'images'));
  expect(set('/images')).toBe('/images');
  expect(load('data: {path: nowhere}\nmethod: {name: simclr}').data.path).toBe(resolve('nowhere'));
  const shards = folderOf({ 'run.yaml': "data: {path: 'x-{3..5}.tar'}\nmethod: {name: simclr}", 'x-3.tar': '' });
  expect(loadConfig(join(shards, 'run.yaml')).data.path).toBe(join(shards, 'x-{3..5}.tar'));
  const beside = folderOf({ 'run.yaml': 'data: {path: ../nowhere}\nmethod: {name: simclr}' });
  expect(loadConfig(join(beside, 'run.yaml')).data.path).toBe(join(beside, '..', 'nowhere'));
});

test('init is a path as data.path is, and an address stays as it is', () => {
  const text = 'init: weights.pth\ndata: {path: /images}\nmethod: {name: simclr}';
  const folder = folderOf({ 'run.yaml': text, 'weights.pth': '' });
  const file = join(folder, 'run.yaml');
  const set = (init: string) => loadConfig(file, [{ label: '--init', key: 'init', text: init }]).init;
  expect(loadConfig(file).init).toBe(join(folder, 'weights.pth'));
  expect(set('weights.pth')).toBe(resolve('weights.pth'));
  expect(set('~/weights.pth')).toBe(join(homedir(), 'weights.pth'));
  for (const address of ['https://example.org/resnet18.pth', 'hf-hub:timm/resnet18.a1_in1k']) {
    expect(set(address)).toBe(address);
  }
  expect(load(MINIMAL).init).toBeUndefined();
});

test('data.test is a folder inside the data by its name, or else a path', () => {
  const folder = folderOf({
    'run.yaml': 'data: {path: images.tar, test: val}\nmethod: {name: simclr}',
    'test.tar': '',
  });
  const file = join(folder, 'run.yaml');
  const set = (text: string) => loadConfig(file, [{ label: '--set', key: 'data.test', text }]).data.test;
  expect(loadConfig(file).data.test).toBe('val');
  expect(set(join(folder, 'test.tar'))).toBe(join(folder, 'test.tar'));
  expect(load('data: {path: /, test: tmp}\nmethod: {name: simclr}').data.test).toBe('tmp');
});

test('anchors may live in parts named x-..., which are no settings', () => {
  const text = `${MINIMAL}x-short: &short {epochs: 1, batchSize: 8}\nschedule:\n  <<: *short\n  batchSize: 16\n`;
  const config = load(text);
  expect(config.schedule).toMatchObject({ epochs: 1, batchSize: 16 });
  expect(formatConfig(config)).not.toMatch(/x-|<<|[&*]short/);
  expect(messageOf(() => load(text.replaceAll('x-short', 'parts')))).toContain(
    'a part that only holds anchors is named "x-parts"',
  );
  expect(messageOf(() => load(text.replace('epochs: 1,', 'epochs: 0,')))).toContain(
    'run.yaml:3:26 schedule.epochs: expected more than 0, got 0',
  );
});

test('proposes off where no is written, not the word that looks like it', () => {
  expect(messageOf(() => load('data: {path: x, cache: no}\n'))).toContain('got "no"; did you mean "off"?');
  expect(messageOf(() => load('data: {path: x, cache: false}\n'))).toContain('got false; did you mean "off"?');
});

test('thousands of problems are told by the first ones and a count, under 4 kB', () => {
  const keys = Array.from({ length: 4000 }, (_, i) => `key-${i}: ${i}\n`).join('');
  const message = messageOf(() => load(MINIMAL + keys));
  expect(message).toContain('exit 2: 4,000 settings are wrong\n  run.yaml:3:1 key-0: expected a known setting');
  expect(message).toMatch(/\n {2}\.\.\. and 3,9\d\d more\nhint: every setting/);
  expect(Buffer.byteLength(message)).toBeLessThan(4096);
  const long = messageOf(() => load(`${MINIMAL}${'k'.repeat(1000)}: 1\n`));
  expect(long).toMatch(/^exit 2: run\.yaml:3:1 k+\.\.\.\([\d,]+ characters\)\.\.\.k+: expected a known setting/);
  expect(Buffer.byteLength(long)).toBeLessThan(4096);
});
