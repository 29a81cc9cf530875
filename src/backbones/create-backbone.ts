import type { Backbone } from './backbone.ts';
import { type ResnetOptions, resnet } from './resnet.ts';
import { vit } from './vit.ts';

const RESNETS = {
  resnet18: (options) => resnet({ block: 'basic', stages: [2, 2, 2, 2] }, options),
  resnet34: (options) => resnet({ block: 'basic', stages: [3, 4, 6, 3] }, options),
  resnet50: (options) => resnet({ block: 'bottleneck', stages: [3, 4, 6, 3] }, options),
  resnet101: (options) => resnet({ block: 'bottleneck', stages: [3, 4, 23, 3] }, options),
  resnet18x2: (options) => resnet({ block: 'basic', stages: [2, 2, 2, 2], widen: 2 }, options),
  resnet50x2: (options) => resnet({ block: 'bottleneck', stages: [3, 4, 6, 3], widen: 2 }, options),
  resnet101x2: (options) => resnet({ block: 'bottleneck', stages: [3, 4, 23, 3], widen: 2 }, options),
  'wide-resnet50-2': (options) => resnet({ block: 'bottleneck', stages: [3, 4, 6, 3], widenInner: 2 }, options),
} as const satisfies Readonly<Record<string, (options: ResnetOptions) => Backbone>>;

const VITS = {
  'vit-tiny-16': () => vit({ size: 192, heads: 3 }),
  'vit-small-16': () => vit({ size: 384, heads: 12 }),
} as const satisfies Readonly<Record<string, () => Backbone>>;

const BACKBONES = { ...RESNETS, ...VITS };

export type BackboneName = keyof typeof BACKBONES;

/** The options of a backbone: those of a ResNet, or none. */
type OptionsOf<Name extends BackboneName> = Name extends keyof typeof RESNETS ? ResnetOptions : unknown;

/** Builds a backbone by its name. */
export function createBackbone<Name extends BackboneName>(name: Name, options: OptionsOf<Name>): Backbone {
  return (BACKBONES[name] as (options: OptionsOf<Name>) => Backbone)(options);
}
