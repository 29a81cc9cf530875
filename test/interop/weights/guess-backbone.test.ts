import { describe, expect, it } from 'vitest';
import type { BackboneConfig } from '../../../src/config/run-config.ts';
import { guessBackbone } from '../../../src/interop/weights/guess-backbone.ts';
import { nameArchitecture } from '../../../src/interop/weights/name-architecture.ts';
import { resnet, shapesIn, shapesOf, torchWeights, vit } from './network-files.ts';

const brief = (settings: BackboneConfig | undefined): string | undefined =>
  settings && 'stem' in settings
    ? `${settings.name} ${settings.stem} ${settings.width}`
    : settings && `${settings.name} ${settings.positions} ${settings.heads}`;

describe('guessBackbone', () => {
  it.each([
    ['torchvision resnet18', 'resnet18 imagenet 64'],
    ['torchvision resnet34', 'resnet34 imagenet 64'],
    ['torchvision resnet50', 'resnet50 imagenet 64'],
    ['torchvision wide_resnet50_2', 'wide-resnet50-2 imagenet 64'],
    ['torchvision resnet18 for CIFAR', 'resnet18 cifar 64'],
    ['numbered torchvision resnet18', 'resnet18 imagenet 64'],
    ['lightly resnet-18', 'resnet18 cifar 64'],
    ['numbered lightly resnet-18', 'resnet18 cifar 64'],
    ['lightly resnet-50, twice as wide', 'resnet50x2 cifar 64'],
    ['torchvision ViT-S/16', 'vit-small-16 learned 6'],
  ])('knows %s', (network, expected) => {
    expect(brief(guessBackbone(shapesOf(network)))).toBe(expected);
  });

  const all: BackboneConfig[] = [
    ...(['resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet18x2', 'resnet50x2', 'wide-resnet50-2'] as const).map(
      (name) => resnet({ name, width: 64 }),
    ),
    resnet({ name: 'resnet101x2', width: 64, stem: 'cifar' }),
    resnet({ width: 16, stem: 'cifar' }),
    resnet({ width: 96 }),
    vit(),
    vit({ name: 'vit-small-16' }),
    vit({ positions: 'learned' }),
    vit({ name: 'vit-small-16', positions: 'learned', heads: 6 }),
  ];
  it.each(all.map((settings) => [brief(settings) as string, settings] as const))('knows ours: %s', (text, settings) => {
    for (const layout of ['tensorflow', 'torch'] as const) {
      expect(brief(guessBackbone(shapesIn(settings, layout)))).toBe(text);
    }
  });

  it('knows no others', () => {
    for (const network of ['torchvision resnet152', 'torchvision resnext50_32x4d', 'torchvision vit_b_16']) {
      expect([network, guessBackbone(shapesOf(network))]).toEqual([network, undefined]);
    }
    expect(guessBackbone(torchWeights({}))).toBeUndefined();
  });
});

describe('nameArchitecture', () => {
  it.each([
    ['torchvision resnet152', 'a ResNet of 3, 8, 36, 3 blocks'],
    ['torchvision vgg11', 'VGG'],
    ['torchvision convnext_tiny', 'ConvNeXt'],
    ['torchvision efficientnet_b0', 'EfficientNet or MobileNet'],
    ['torchvision mobilenet_v2', 'EfficientNet or MobileNet'],
    ['torchvision swin_t', 'Swin'],
    ['torchvision densenet121', 'DenseNet'],
    ['torchvision regnet_y_400mf', 'RegNet'],
    ['torchvision resnext50_32x4d', 'ResNeXt (filters in 32 groups)'],
    ['torchvision vit_b_16', 'ViT-B/16 (tokens of 768 values, patches of 16 pixels, 2 blocks)'],
  ])('names %s', (network, expected) => {
    expect(nameArchitecture(shapesOf(network))).toBe(expected);
  });
});
