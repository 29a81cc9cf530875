import { describe, expect, it } from 'vitest';
import { fromTorchvisionVitName, toTorchvisionVitName } from '../../../src/interop/torch/vit-names.ts';

describe("names of torchvision's vision transformers", () => {
  it.each([
    ['cls_token', 'class_token'],
    ['pos_embed', 'encoder.pos_embedding'],
    ['patch_embed.proj.bias', 'conv_proj.bias'],
    ['blocks.11.attn.qkv.weight', 'encoder.layers.encoder_layer_11.self_attention.in_proj_weight'],
    ['blocks.0.attn.proj.weight', 'encoder.layers.encoder_layer_0.self_attention.out_proj.weight'],
    ['blocks.3.mlp.fc2.bias', 'encoder.layers.encoder_layer_3.mlp.3.bias'],
    ['norm.weight', 'encoder.ln.weight'],
    ['head.weight', 'heads.head.weight'],
  ])('are told both ways: %s', (ours, theirs) => {
    expect(toTorchvisionVitName(ours)).toBe(theirs);
    expect(fromTorchvisionVitName(theirs)).toBe(ours);
  });

  it.each([
    ['mlp.linear_1.weight', 'blocks.11.mlp.fc1.weight'],
    ['mlp.linear_2.bias', 'blocks.11.mlp.fc2.bias'],
  ])('are told in their old form too, which its files have: %s', (theirs, ours) => {
    expect(fromTorchvisionVitName(`encoder.layers.encoder_layer_11.${theirs}`)).toBe(ours);
  });

  it.each(['layer1.0.conv1.weight', 'fc.weight', 'encoder.other', 'normal.weight', 'head_drop'])(
    'leave what no vision transformer has: %s',
    (name) => {
      expect(fromTorchvisionVitName(name)).toBe(name);
      expect(toTorchvisionVitName(name)).toBe(name);
    },
  );
});
