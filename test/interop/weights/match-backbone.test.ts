import { describe, expect, it } from 'vitest';
import type { BackboneConfig } from '../../../src/config/run-config.ts';
import { toTorchvisionVitName } from '../../../src/interop/torch/vit-names.ts';
import { matchBackbone } from '../../../src/interop/weights/match-backbone.ts';
import type { WeightsFile } from '../../../src/interop/weights/read-weights.ts';
import { gridPositions } from '../../../src/nn/tokens.ts';
import type { HostTensor } from '../../../src/runtime/host-tensor.ts';
import { UserError } from '../../../src/util/errors.ts';
import { inTorch, resnet, shapesOf, targetOf, tensor, torchWeights, valuesOf, vit } from './network-files.ts';

const target = targetOf(resnet());
const values = valuesOf(target.variables);
const ours = Object.fromEntries(Object.entries(values).map(([name, value]) => [`backbone.${name}`, value]));
const counters = Object.fromEntries(
  Object.keys(values)
    .filter((name) => name.endsWith('running_var'))
    .map((name) => [
      name.replace('running_var', 'num_batches_tracked'),
      { ...tensor(), dtype: 'int32', data: new Int32Array(1) },
    ]),
) as Record<string, HostTensor>;
const theirs = inTorch({ ...values, ...counters });

/** Millions of values are compared as bytes. */
const sameValues = (a: HostTensor | undefined, b: HostTensor): boolean =>
  a?.shape.join() === b.shape.join() && Buffer.from(a.data.buffer).equals(Buffer.from(b.data.buffer));

const prefixed = (prefix: string, tensors: Readonly<Record<string, HostTensor>>): Record<string, HostTensor> =>
  Object.fromEntries(Object.entries(tensors).map(([name, value]) => [prefix + name, value]));

function misfit(
  file: WeightsFile,
  settings: BackboneConfig,
  size?: number,
): [problem: string, hint: string | undefined] {
  try {
    matchBackbone(file, targetOf(settings, size));
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== 2) throw error;
    return [error.message.replace(/^weights\.pth (does not fit )?/, ''), error.hint];
  }
  throw new Error('It fits.');
}

describe('matchBackbone', () => {
  it("gives the backbone's tensors in our layout", () => {
    const { tensors, prefix, matched, leftOut, notes } = matchBackbone(torchWeights(theirs), target);
    expect(tensors).toEqual(ours);
    expect([prefix, matched, notes]).toEqual(['', 100, []]);
    expect(leftOut).toEqual([{ group: 'batch counters', count: 20, reason: 'BatchNorm here has a fixed momentum' }]);
  });

  it.each([
    'backbone.',
    'module.',
    'encoder.',
    'model.',
    'net.',
    'resnet.',
    'state_dict.module.encoder_q.',
    'state_dict.module.base_encoder.',
    'teacher.backbone.',
    'student.module.backbone.',
    'online_network.encoder.net.',
    'momentum_encoder.',
    'classy_state_dict.base_model.model.trunk._feature_blocks.',
    'a.prefix.that.nobody.knows.',
  ])('finds it behind %s', (prefix) => {
    const found = matchBackbone(torchWeights(prefixed(prefix, theirs)), target);
    expect(found.prefix).toBe(prefix);
    expect(found.tensors).toEqual(ours);
  });

  it.each([
    ['state_dict.module.encoder_q.', 'state_dict.module.encoder_k.', 'the network that is trained'],
    ['module.base_encoder.', 'module.momentum_encoder.', 'the network that is trained'],
    ['teacher.backbone.', 'student.module.backbone.', 'what its authors evaluate'],
    ['online_network.', 'target_network.', 'the network that is trained'],
    ['backbone.', 'backbone_momentum.', 'the network that is trained'],
    ['backbone.', 'momentum_backbone.', 'the network that is trained'],
    ['state_dict_ema.', 'state_dict.', 'what its authors evaluate'],
    ['', 'ema_target.', 'the network that is trained'],
  ])('takes %s before %s, and says so', (first, second, reason) => {
    const other = inTorch(valuesOf(target.variables, 500));
    for (const file of [
      { ...prefixed(first, theirs), ...prefixed(second, other) },
      { ...prefixed(second, other), ...prefixed(first, theirs) },
    ]) {
      const found = matchBackbone(torchWeights(file), target);
      expect(found.prefix).toBe(first);
      expect(found.tensors).toEqual(ours);
      expect(found.notes).toEqual([`${first || 'no prefix'} is taken, ${reason}; ${second} would fit as well`]);
      expect(found.leftOut.map(({ group, count }) => `${group} ${count}`).sort()).toEqual([
        'batch counters 20',
        `network ${second} 100`,
      ]);
    }
  });

  it('counts what it leaves out, by group', () => {
    const file = torchWeights({
      ...prefixed('state_dict.module.encoder_q.', theirs),
      'state_dict.module.encoder_q.fc.0.weight': tensor(2, 2),
      'state_dict.module.encoder_q.fc.2.weight': tensor(2, 2),
      'state_dict.module.queue': tensor(2, 8),
      'state_dict.module.queue_ptr': tensor(1),
      'state_dict.module.predictor.0.weight': tensor(2, 2),
      'state_dict.module.projection_head.layers.0.weight': tensor(2, 2),
      'state_dict.module.encoder_q.classifier.weight': tensor(2, 2),
      ...prefixed('optimizer.state.0.', { momentum_buffer: tensor(2, 3, 7, 7) }),
      'state_dict.module.what': tensor(1),
    });
    const { leftOut } = matchBackbone(file, target);
    expect(leftOut.map(({ group, count }) => `${group} ${count}`)).toEqual([
      'batch counters 20',
      'projector 3',
      'queue 2',
      'predictor 1',
      'classifier 1',
      'optimizer 1',
      'other 1',
    ]);
    expect(leftOut.at(-1)?.reason).toBe('no part of the backbone, such as state_dict.module.what');
  });

  it("takes a run's backbone out of its checkpoint, not its target network or its optimizer", () => {
    const file: WeightsFile = {
      ...torchWeights({
        ...prefixed('optimizer.momentum.backbone.', values),
        ...prefixed('target.backbone.', valuesOf(target.variables, 7)),
        ...ours,
        'projector.0.weight': tensor(2, 2),
      }),
      kind: 'checkpoint',
      layout: 'tensorflow',
    };
    const found = matchBackbone(file, target);
    expect(found.tensors).toEqual(ours);
    expect(found.leftOut.map(({ group, count }) => `${group} ${count}`)).toEqual([
      'optimizer 100',
      'network target.backbone. 100',
      'projector 1',
    ]);
  });

  it.each([
    ['torchvision', 4],
    ['torchvision without max-pool', 3],
    ["lightly's", 2],
  ])('reads the numbered layers of nn.Sequential: %s', (_, first) => {
    const rename = (name: string): string =>
      name
        .replace(/^conv1/, '0')
        .replace(/^bn1/, '1')
        .replace(/^layer(\d)/, (__, stage) => String(Number(stage) + first - 1))
        .replace('downsample', first === 2 ? 'shortcut' : 'downsample');
    const found = matchBackbone(torchWeights(prefixed('backbone.', inTorch(values, rename))), target);
    expect(found.tensors).toEqual(ours);
    expect(found.notes).toEqual([
      `its layers are numbered, as nn.Sequential does; those of layer1 begin with ${first}`,
    ]);
  });
});

describe('vision transformers', () => {
  const settings = vit();
  const tiny = targetOf(settings);
  const tokens = valuesOf(tiny.variables);
  const positions = (side: number): HostTensor => {
    const data = new Float32Array((1 + side * side) * 192);
    data.set(gridPositions(side, side, 192), 192);
    return { dtype: 'float32', shape: [1, 1 + side * side, 192], data };
  };
  const timm = inTorch(tokens);

  it('take fixed positions, of any grid, for what they are', () => {
    for (const side of [2, 14]) {
      const { tensors, leftOut } = matchBackbone(torchWeights({ ...timm, pos_embed: positions(side) }), tiny);
      expect(Object.keys(tensors)).toHaveLength(Object.keys(tiny.variables).length);
      expect(leftOut).toEqual([{ group: 'positions', count: 1, reason: 'the fixed ones, which are computed here' }]);
    }
  });

  it('refuse learnt positions, where a single one differs', () => {
    for (const [at, change] of [
      [0, 1e-3],
      [500, 2e-5],
    ] as const) {
      const learnt = positions(2);
      learnt.data[at] = (learnt.data[at] as number) + change;
      expect(misfit(torchWeights({ ...prefixed('module.', timm), 'module.pos_embed': learnt }), settings)).toEqual([
        'has learnt positions, module.pos_embed [1, 5, 192]; those of backbone.positions=fixed are computed.',
        'Take them too: --set backbone.positions=learned',
      ]);
    }
  });

  it('take learnt positions where they are set, and views of their size', () => {
    const learned = vit({ positions: 'learned' });
    const weights = inTorch(valuesOf(targetOf(learned, 64).variables));
    const { tensors, leftOut, notes } = matchBackbone(torchWeights(weights), targetOf(learned, 64));
    expect(tensors['backbone.pos_embed']).toEqual(weights['pos_embed']);
    expect([leftOut, notes]).toEqual([[], []]);
    expect(misfit(torchWeights(weights), learned, 224)).toEqual([
      'has positions [1, 17, 192], views of 224 pixels have [1, 197, 192]; positions are not interpolated.',
      'These positions fit --set views.size=64',
    ]);
    expect(misfit(torchWeights(weights), settings, 224)[1]).toBe(
      'Take them too: --set backbone.positions=learned --set views.size=64',
    );
    expect(misfit(torchWeights(timm), learned)).toEqual([
      'has no positions (pos_embed), and backbone.positions=learned expects them.',
      'Its positions are the fixed ones: --set backbone.positions=fixed',
    ]);
  });

  it('say that weights do not show how many heads there are', () => {
    const small = vit({ name: 'vit-small-16', positions: 'learned' });
    const weights = inTorch(valuesOf(targetOf(small).variables));
    expect(matchBackbone(torchWeights(weights), targetOf(small)).notes[0]).toContain('--set backbone.heads=6');
    for (const heads of [6, 'auto'] as const) {
      const own = { ...torchWeights(weights), kind: heads === 6 ? ('torch' as const) : ('export' as const) };
      expect(matchBackbone(own, targetOf({ ...small, heads } as BackboneConfig)).notes).toEqual([]);
    }
    expect(misfit(torchWeights(weights), vit({ name: 'vit-small-16' }))[1]).toBe(
      'Take them too: --set backbone.positions=learned --set backbone.heads=6',
    );
  });

  it("are read by torchvision's names", () => {
    const learned = targetOf(vit({ positions: 'learned' }));
    const rename = (name: string): string => toTorchvisionVitName(name);
    const values = valuesOf(learned.variables);
    const file = torchWeights({ ...inTorch(values, rename), 'heads.head.weight': tensor(10, 192) });
    const { tensors, leftOut, notes } = matchBackbone(file, learned);
    for (const [name, value] of Object.entries(values))
      expect(sameValues(tensors[`backbone.${name}`], value)).toBe(true);
    expect(leftOut.map(({ group, count }) => `${group} ${count}`)).toEqual(['classifier 1']);
    expect(notes).toEqual(["its layers are named as in torchvision's VisionTransformer"]);
    const names = Object.keys(shapesOf('torchvision ViT-S/16').tensors).filter((name) => !name.startsWith('heads.'));
    expect(Object.keys(inTorch(values, rename)).sort()).toEqual(names.sort());
  });

  it.each(['blocks.0.ls1.gamma', 'reg_token', 'register_tokens', 'dist_token', 'norm_pre.weight', 'fc_norm.weight'])(
    'are refused with parts that change the features: %s',
    (name) => {
      expect(misfit(torchWeights({ ...timm, [name]: tensor(192) }), settings)[0]).toBe(
        `backbone.name=vit-tiny-16: 1 tensor of it has no place there: ${name}: expected none, got [192].`,
      );
    },
  );
});

describe('weights of another network', () => {
  it('name the first tensors that differ, and the settings that fit', () => {
    expect(misfit(shapesOf('torchvision resnet50'), resnet({ width: 64 }))).toEqual([
      'backbone.name=resnet18: 23 of 100 tensors differ, and 165 tensors of it have no place there: layer1.0.conv1.weight: expected [64, 64, 3, 3], got [64, 64, 1, 1]; layer1.1.conv1.weight: expected [64, 64, 3, 3], got [64, 256, 1, 1]; layer2.0.conv1.weight: expected [128, 64, 3, 3], got [128, 256, 1, 1]; ...',
      'These weights fit --set backbone.name=resnet50',
    ]);
  });

  it.each([
    ['torchvision resnet18', resnet({ name: 'resnet50', width: 64 }), '--set backbone.name=resnet18'],
    ['torchvision resnet18', resnet({ width: 32 }), '--set backbone.width=64'],
    [
      'lightly resnet-18',
      resnet({ name: 'resnet34', width: 64 }),
      '--set backbone.name=resnet18 --set backbone.stem=cifar',
    ],
    ['torchvision resnet18', vit(), '--set backbone.name=resnet18'],
    ['numbered lightly resnet-18', vit(), '--set backbone.name=resnet18 --set backbone.stem=cifar'],
  ])('name the settings for %s', (network, settings, options) => {
    expect(misfit(shapesOf(network), settings)[1]).toBe(`These weights fit ${options}`);
  });

  it.each([
    ['torchvision resnet18', 'cifar', '7 x 7', '3 x 3', 'imagenet'],
    ['torchvision resnet18 for CIFAR', 'imagenet', '3 x 3', '7 x 7', 'cifar'],
  ] as const)('are not cut or inflated where the stem alone differs: %s', (network, stem, found, expected, fitting) => {
    const [problem, hint] = misfit(shapesOf(network), resnet({ width: 64, stem }));
    expect(problem).toContain(`its first filters are ${found}, backbone.stem=${stem} has ${expected}`);
    expect(problem).toContain('filters are neither cut nor inflated');
    expect(hint).toBe(`These weights fit --set backbone.stem=${fitting}`);
  });

  it.each([
    ['torchvision convnext_tiny', 'The file seems to hold ConvNeXt. No setting of backbone fits it'],
    ['torchvision vit_b_16', 'The file seems to hold ViT-B/16 (tokens of 768 values'],
    ['torchvision resnet152', 'The file seems to hold a ResNet of 3, 8, 36, 3 blocks.'],
  ])('are named where no setting fits: %s', (network, text) => {
    expect(misfit(shapesOf(network), resnet())[1]).toContain(text);
  });

  it('say that nothing is called alike', () => {
    expect(misfit(torchWeights({ 'a.b': tensor(1), c: tensor(1) }), resnet())).toEqual([
      "backbone.name=resnet18: its 2 tensors are not called as the backbone's, it has a.b, c.",
      'No setting of backbone fits it; docs/backbones.md lists those that there are.',
    ]);
    expect(misfit(torchWeights({ w: tensor(1) }), resnet())[0]).toBe(
      "backbone.name=resnet18: its 1 tensor is not called as the backbone's, it has w.",
    );
  });

  it('lack a tensor, have one of another type, or one more', () => {
    const { 'bn1.running_mean': mean, ...less } = theirs;
    expect(misfit(torchWeights(less), resnet())[0]).toBe(
      'backbone.name=resnet18: 1 of 100 tensors differ: bn1.running_mean: expected [2], got none.',
    );
    const integers = { dtype: 'int32', shape: [2], data: new Int32Array(2) } as const;
    expect(misfit(torchWeights({ ...theirs, 'bn1.running_mean': integers }), resnet())[0]).toContain('got [2] int32');
    expect(misfit(torchWeights({ ...theirs, 'layer1.0.se.fc1.weight': tensor(1, 2) }), resnet())[0]).toContain(
      'layer1.0.se.fc1.weight: expected none, got [1, 2]',
    );
  });
});
