import { describe, expect, it } from 'vitest';
import { planSteps } from '../../../../src/run/assembly/steps.ts';
import { checkSettings, settingWarnings } from '../../../../src/run/plan/checks/setting-warnings.ts';
import type { CpuArithmetic } from '../../../../src/util/cpu-arithmetic.ts';
import { load, messageOf } from '../../../config/problems.ts';

const run = (method: string, sets: readonly string[], imageCount = 50_000) => {
  const config = load(`data: {path: x}\nmethod: {${method}}\n`, ...sets);
  return { config, imageCount, steps: planSteps(imageCount, config) };
};

/** Every problem in one text, an error or a warning a line. */
function problems(method: string, ...sets: readonly string[]): string {
  const { errors, warnings } = checkSettings(run(method, sets));
  return [...errors.map((text) => `error: ${text}`), ...warnings.map((text) => `warning: ${text}`)].join('\n');
}
const withSimclr = (...sets: readonly string[]): string => problems('name: simclr', ...sets);

/** MoCo with a queue for 50,000 images. */
const MOCO = 'name: moco, queueSize: 4096, emaDecay: {start: 0.99}';

describe('published settings give no warning', () => {
  it.each([
    ['simclr on CIFAR (dkobak)', 'name: simclr, temperature: 0.5', ['optimizer.learningRate=0.06']],
    [
      'simclr on CIFAR (solo-learn)',
      'name: simclr',
      [
        'optimizer={name: lars, learningRate: 0.4, trustCoefficient: 0.02, clip: true, trustForm: sum, weightDecay: 1e-4}',
        'schedule={epochs: 1000, warmupEpochs: 10, warmupFrom: 0.000075}',
      ],
    ],
    [
      'simclr on ImageNet',
      'name: simclr, temperature: 0.1',
      ['optimizer={name: lars, learningRate: 0.3}', 'schedule={epochs: 100, batchSize: 4096, warmupEpochs: 10}'],
    ],
    [
      'simclr with the square root rule',
      'name: simclr, temperature: 0.1',
      ['optimizer={name: lars, learningRate: 1.2, scaling: sqrt}', 'schedule={epochs: 100, warmupEpochs: 10}'],
    ],
    [
      'moco v2 on CIFAR (the demo)',
      'name: moco, temperature: 0.1, queueSize: 4096, emaDecay: {start: 0.99}, symmetric: sum, batchNormGroups: 8, shuffleKeys: true',
      ['schedule={batchSize: 512, every: epoch}'],
    ],
    [
      'moco v2+ on CIFAR (solo-learn)',
      'name: moco, queueSize: 32768, queues: 2, symmetric: mean, emaDecay: {start: 0.99, end: 0.999}',
      ['optimizer.learningRate=0.3', 'schedule={epochs: 1000, warmupEpochs: 10}'],
    ],
    [
      'moco v1',
      'name: moco, temperature: 0.07, queueSize: 4096',
      ['schedule={every: epoch, decay: {name: step, milestones: [120, 160]}}', 'optimizer.learningRate=0.03'],
    ],
    [
      'moco v3 with ViT',
      'name: mocov3',
      ['optimizer={name: adamw}', 'schedule={batchSize: 4096, warmupEpochs: 40, warmupFrom: 0, epochs: 300}'],
    ],
    [
      'byol',
      'name: byol',
      ['optimizer={name: lars, learningRate: 0.45}', 'schedule={batchSize: 512, accumulate: 8, warmupEpochs: 10}'],
    ],
  ])('%s', (_, method, sets) => {
    expect(problems(method, ...sets)).toBe('');
  });
});

describe('the schedule', () => {
  it('warns of a warm-up over half the run', () => {
    expect(withSimclr('schedule.epochs=100', 'schedule.warmupEpochs=50')).toBe('');
    expect(withSimclr('schedule.epochs=100', 'schedule.warmupEpochs=60')).toMatchInlineSnapshot(
      `"warning: schedule.warmupEpochs: 60 of 100 epochs go by before the learning rate is at its peak; usual: 10, and at most a tenth of the run"`,
    );
  });

  it('warns of a warm-up of less than a step', () => {
    expect(withSimclr('schedule.warmupEpochs=0.001')).toMatchInlineSnapshot(
      `"warning: schedule.warmupEpochs: 0.001 epochs are less than one of the 195 steps of an epoch, so there is no warm-up; the unit is epochs; usual: 10"`,
    );
  });

  it('warns of a start of a warm-up that there is not', () => {
    expect(withSimclr('schedule.warmupFrom=0')).toMatchInlineSnapshot(
      `"warning: schedule.warmupFrom: 0 has no effect without a warm-up; usual: schedule.warmupEpochs 10"`,
    );
  });

  it('warns of a first epoch at the rate 0, and of a warm-up in few jumps', () => {
    const perEpoch = ['schedule.every=epoch', 'schedule.warmupEpochs=10'];
    expect(withSimclr(...perEpoch)).toBe('');
    expect(withSimclr(...perEpoch, 'schedule.warmupFrom=0')).toMatchInlineSnapshot(
      `"warning: schedule.warmupFrom: 0 with \`schedule.every: epoch\` trains the whole first epoch at the learning rate 0; usual: \`schedule.every: step\`"`,
    );
    expect(withSimclr(...perEpoch, 'schedule.warmupEpochs=4')).toMatchInlineSnapshot(
      `"warning: schedule.every: with the unit epoch a warm-up is a stair, here of 4; usual: \`schedule.every: step\`, or no warm-up as MoCo v2"`,
    );
    expect(withSimclr(...perEpoch, 'schedule.warmupEpochs=1')).toMatchInlineSnapshot(
      `"warning: schedule.every: with the unit epoch a warm-up is a stair, here of 1; usual: \`schedule.every: step\`, or no warm-up as MoCo v2"`,
    );
  });

  it('warns of milestones beyond the end, or inside the warm-up', () => {
    const decay = (milestones: string) => `schedule.decay={name: step, milestones: ${milestones}}`;
    expect(withSimclr(decay('[199]'))).toBe('');
    expect(withSimclr(decay('[120, 23400]'))).toMatchInlineSnapshot(
      `"warning: schedule.decay.milestones: 23400 is never reached in 200 epochs; the unit is epochs, not steps; usual: 120 and 160 of 200"`,
    );
    expect(withSimclr(decay('[5, 160]'), 'schedule.warmupEpochs=10')).toMatchInlineSnapshot(
      `"warning: schedule.decay.milestones: 5 lies inside the warm-up of 10 epochs, which then ends with a fall; usual: 120 and 160 of 200"`,
    );
  });
});

describe('the optimizer', () => {
  it.each(['adam', 'adamw'])("warns of %s with a learning rate of LARS's or SGD's size", (name) => {
    const optimizer = (rate: number) => `optimizer={name: ${name}, learningRate: ${rate}, scaling: none}`;
    expect(withSimclr(optimizer(0.003))).toBe('');
    expect(withSimclr(optimizer(0.2))).toContain(
      `optimizer.learningRate: a peak of 0.2 is of the size of LARS or SGD; with ${name} the features collapse`,
    );
  });

  it('judges Adam by the peak for the real steps, and names the usual one', () => {
    expect(withSimclr('optimizer={name: adamw}', 'schedule={batchSize: 4096, accumulate: 2}')).toMatchInlineSnapshot(`
      "warning: optimizer.learningRate: a peak of 0.0048 is of the size of LARS or SGD; with adamw the features collapse or the loss diverges above 0.003; usual: 1.5e-4 for 256 images (MoCo v3)
      warning: schedule.accumulate: 2 batches make a step, but the negatives stay those of one batch of 4096 images; a larger schedule.batchSize has more, and MoCo has a queue"
    `);
    expect(withSimclr('optimizer={name: adam, learningRate: 0.06}')).toMatchInlineSnapshot(
      `"warning: optimizer.learningRate: a peak of 0.06 is of the size of LARS or SGD; with adam the features collapse or the loss diverges above 0.003; usual: 3e-4"`,
    );
  });

  it("warns of SGD with a learning rate of LARS's size", () => {
    expect(withSimclr('optimizer.learningRate=1')).toBe('');
    expect(withSimclr('optimizer.learningRate=1.2')).toMatchInlineSnapshot(
      `"warning: optimizer.learningRate: 1.2 for 256 images is a rate of LARS, at which SGD diverges; usual: 0.03 to 0.3 for 256 images"`,
    );
    // 4.8 for 4096 images is 0.3 for 256.
    expect(withSimclr('optimizer={learningRate: 4.8, scaling: none}', 'schedule.batchSize=4096')).toBe('');
  });

  it("warns of mixtures of LARS's two regimes", () => {
    const lars = (settings: string) => withSimclr(`optimizer={name: lars, ${settings}}`);
    expect(lars('trustCoefficient: 0.02')).toMatchInlineSnapshot(
      `"warning: optimizer.trustCoefficient: 0.02 without \`clip\` lets a step change weights by 2 % for each unit of learning rate; usual: trustCoefficient 0.001 without clip at 0.2 to 0.6 for 256 images (ImageNet), or 0.02 with \`clip: true\` at 0.3 to 1 (solo-learn on CIFAR)"`,
    );
    expect(lars('clip: true')).toMatchInlineSnapshot(
      `"warning: optimizer.clip: clipped, the learning rate has no effect wherever the trust ratio is below it, and with a trustCoefficient of 0.001 it mostly is; usual: trustCoefficient 0.001 without clip at 0.2 to 0.6 for 256 images (ImageNet), or 0.02 with \`clip: true\` at 0.3 to 1 (solo-learn on CIFAR)"`,
    );
    expect(lars('learningRate: 0.06')).toMatchInlineSnapshot(
      `"warning: optimizer.learningRate: 0.06 for 256 images is a rate of SGD; with LARS at trustCoefficient 0.001 hardly anything moves; usual: trustCoefficient 0.001 without clip at 0.2 to 0.6 for 256 images (ImageNet), or 0.02 with \`clip: true\` at 0.3 to 1 (solo-learn on CIFAR)"`,
    );
    expect(lars('learningRate: 0.06, trustCoefficient: 0.02, clip: true')).toBe('');
  });
});

describe('the method', () => {
  it('warns of a temperature that no method uses', () => {
    for (const temperature of [0.03, 1]) expect(withSimclr(`method.temperature=${temperature}`)).toBe('');
    expect(withSimclr('method.temperature=0.02')).toMatchInlineSnapshot(
      `"warning: method.temperature: 0.02 is so low that only the hardest negative counts; usual: 0.1 on ImageNet, 0.2 to 0.5 on CIFAR"`,
    );
    expect(problems(`${MOCO}, temperature: 7`)).toMatchInlineSnapshot(
      `"warning: method.temperature: 7 is so high that all negatives count alike; usual: 0.07 (version 1), 0.2 (version 2), 0.1 on CIFAR"`,
    );
    expect(problems('name: mocov3, temperature: 2')).toMatchInlineSnapshot(
      `"warning: method.temperature: 2 is so high that all negatives count alike; usual: 1 for ResNet-50, 0.2 for ViT and on CIFAR"`,
    );
  });

  it('refuses a target network that is the online one, and warns of one that never moves or is unsteady', () => {
    const decay = (settings: string) => problems(`name: moco, queueSize: 4096, emaDecay: {${settings}}`);
    expect(decay('start: 0')).toMatchInlineSnapshot(
      `"error: method.emaDecay: at 0 the target network is the online one, and training fails; usual: 0.999 with 65536 keys, 0.99 with 4096"`,
    );
    expect(decay('start: 1')).toMatchInlineSnapshot(
      `"warning: method.emaDecay: at 1 the target network stays as it was drawn at random; usual: 0.999 with 65536 keys, 0.99 with 4096"`,
    );
    expect(decay('start: 0.5')).toMatchInlineSnapshot(
      `"warning: method.emaDecay: 0.5 is so low that the target network is no steady one; usual: 0.999 with 65536 keys, 0.99 with 4096"`,
    );
    expect(problems('name: byol, emaDecay: {start: 0.999, end: 0.99}')).toMatchInlineSnapshot(
      `"warning: method.emaDecay: falls from 0.999 to 0.99, so the target network follows ever faster; usual: 0.99 to 1 by a cosine"`,
    );
    expect(problems('name: byol, emaDecay: {start: 0, end: 0}')).toMatch(/^error: method.emaDecay: at 0/);
  });

  it('refuses a queue smaller than the keys of a step', () => {
    expect(problems(MOCO, 'method.queueSize=255')).toMatch(/^error: .*at least: 256$/);
    expect(problems(MOCO, 'method.queueSize=256', 'method.symmetric=sum')).toMatchInlineSnapshot(
      `"error: method.queueSize: a step brings 512 keys, more than the 256 of the queue; at least: 512"`,
    );
    expect(problems(MOCO, 'method.queueSize=256', 'method.symmetric=sum', 'method.queues=2')).toBe('');
  });

  it('warns of a queue that is no multiple of the keys of a step, those of all its batches', () => {
    expect(problems(MOCO, 'method.queueSize=4000')).toMatchInlineSnapshot(
      `"warning: method.queueSize: 4000 is no multiple of the 256 keys of a step, so some keys grow older than others; usual: 4096"`,
    );
    expect(problems(MOCO, 'schedule.accumulate=3')).toMatch(/4096 is no multiple of the 768 keys .*; usual: 3840$/);
  });

  it('warns of a queue larger than the data', () => {
    expect(problems('name: moco')).toMatchInlineSnapshot(
      `"warning: method.queueSize: 65536 keys of 50000 images: older keys of an image are among its negatives; usual: 4096 on CIFAR, 65536 on ImageNet"`,
    );
  });

  it('refuses BatchNorm groups that do not divide the batch, or of one image', () => {
    expect(problems(MOCO, 'method.batchNormGroups=7')).toMatchInlineSnapshot(
      `"error: method.batchNormGroups: 7 groups do not divide a batch of 256 images; usual: 8 groups of a batch of 512"`,
    );
    expect(problems(MOCO, 'method.batchNormGroups=256')).toMatchInlineSnapshot(
      `"error: method.batchNormGroups: 256 groups leave BatchNorm one image each, which normalises to 0; usual: 8 groups of a batch of 512"`,
    );
    expect(problems(MOCO, 'method.batchNormGroups=128')).toBe('');
  });

  it('refuses to shuffle keys within one BatchNorm group', () => {
    expect(messageOf(() => problems(`${MOCO}, shuffleKeys: true`))).toMatchInlineSnapshot(`
      "exit 2: run.yaml:2:77 method.shuffleKeys: expected \`method.batchNormGroups\` above 1 with it: within one group a shuffle changes nothing (usual: 8), got true
      hint: every setting, its bounds and its meaning: cl-train --print-schema"
    `);
    expect(problems(MOCO, 'method.shuffleKeys=true', 'method.batchNormGroups=8')).toBe('');
  });

  it('refuses a batch of one image, and BYOL without a predictor', () => {
    expect(messageOf(() => withSimclr('schedule.batchSize=1'))).toMatchInlineSnapshot(`
      "exit 2: --set schedule.batchSize: expected at least 2 (a single image has no negatives, and BatchNorm normalises it to 0; usual: 256), got 1
      hint: every setting, its bounds and its meaning: cl-train --print-schema"
    `);
    expect(messageOf(() => problems('name: byol, predictor: {layers: 0}'))).toMatchInlineSnapshot(`
      "exit 2: run.yaml:2:42 method.predictor.layers: expected at least 1 (without a predictor the embeddings collapse; usual: 2), got 0
      hint: every setting, its bounds and its meaning: cl-train --print-schema"
    `);
  });

  it.each(['simclr', 'mocov3'])('warns that accumulating adds no negatives to %s', (name) => {
    expect(problems(`name: ${name}`, 'schedule.accumulate=4')).toBe(
      'warning: schedule.accumulate: 4 batches make a step, but the negatives stay those of one batch of 256 images; a larger schedule.batchSize has more, and MoCo has a queue',
    );
  });

  it('lets MoCo and BYOL accumulate: neither has negatives of the batch', () => {
    expect(problems(MOCO, 'schedule.accumulate=4')).toBe('');
    expect(problems('name: byol', 'schedule.accumulate=4')).toBe('');
  });
});

describe('precision', () => {
  const on = (precision: string, cpu?: CpuArithmetic) =>
    settingWarnings({ ...run('name: simclr', [`precision=${precision}`]), cpu });
  const zen3 = { oneDnn: true, instructionSets: ['AVX', 'AVX2'], processorSets: ['AVX', 'AVX2'] };
  const zen4 = { oneDnn: true, instructionSets: ['AVX-512 BF16'], processorSets: ['AVX-512 BF16'] };

  it('warns of bfloat16 on a CPU without instructions for it', () => {
    expect(on('bfloat16', zen3)).toMatchInlineSnapshot(`
      [
        "precision: bfloat16 takes 1.2 to 1.3 times as long as float32, for a quarter less memory: this CPU has no instructions for it (AVX-512 BF16 or AMX BF16); usual: \`--set precision=float32\`",
      ]
    `);
    expect(on('float32', zen3)).toEqual([]);
    expect(on('bfloat16', zen4)).toEqual([]);
  });

  it('warns of float16 on any CPU', () => {
    expect(on('float16', zen3)).toMatchInlineSnapshot(`
      [
        "precision: float16 takes 1.3 to 1.5 times as long as float32, for a quarter less memory: TensorFlow has no fast float16 for any CPU; usual: \`--set precision=float32\`",
      ]
    `);
    expect(on('float16', zen4)).toEqual(on('float16', zen3));
  });

  it('says nothing of a run on a GPU', () => {
    expect(on('bfloat16')).toEqual([]);
    expect(on('float16')).toEqual([]);
  });
});

describe('settingWarnings', () => {
  it('gives warnings, and throws one UserError with every error', () => {
    expect(settingWarnings(run('name: simclr, temperature: 2', []))).toHaveLength(1);
    const wrong = run('name: moco, queueSize: 10, emaDecay: {start: 0}, batchNormGroups: 3, temperature: 2', []);
    expect(messageOf(() => settingWarnings(wrong))).toMatchInlineSnapshot(`
      "exit 2: 3 settings cannot work
        method.emaDecay: at 0 the target network is the online one, and training fails; usual: 0.999 with 65536 keys, 0.99 with 4096
        method.queueSize: a step brings 256 keys, more than the 10 of the queue; at least: 256
        method.batchNormGroups: 3 groups do not divide a batch of 256 images; usual: 8 groups of a batch of 512"
    `);
  });
});

describe('views', () => {
  it('refuses a blur that is wider than the reflected view, in every view that blurs', () => {
    expect(withSimclr('views={size: 16, blur: {probability: 0.5, kernel: 31}}')).toBe('');
    expect(withSimclr('views={size: 8, blur: {probability: 0, kernel: 23}}')).toBe('');
    expect(
      [
        withSimclr('views={size: 8, blur: {probability: 0.5, kernel: 23}}'),
        withSimclr('views={size: 16, blur: {kernel: 33}, second: {blur: {probability: 0.1}}}'),
        withSimclr('views={size: 32, blur: {probability: 1, kernel: 23}, small: {count: 2, size: 8}}'),
        withSimclr('views={size: 32, second: {crop: {interpolation: bicubic}}}'),
      ].join('\n'),
    ).toMatchInlineSnapshot(`
      "error: views.blur.kernel: 23 pixels are too wide for views of 8; at most: 15; usual: auto, a tenth of the view
      error: views.second.blur.kernel: 33 pixels are too wide for views of 16; at most: 31; usual: auto, a tenth of the view
      error: views.small.blur.kernel: 23 pixels are too wide for views of 8; at most: 15; usual: auto, a tenth of the view
      error: views.second.crop.interpolation: bicubic differs from the first view's bilinear, and one filter resizes both; usual: the same"
    `);
  });
});
