import type { Backbone } from './backbone.ts';
import { type ResnetOptions, type ResnetVariant, resnet } from './resnet.ts';
import { type VitOptions, type VitVariant, vit } from './vit.ts';

/** The ResNets by name. */
export const RESNETS = {
  resnet18: { block: 'basic', stages: [2, 2, 2, 2] },
  resnet34: { block: 'basic', stages: [3, 4, 6, 3] },
  resnet50: { block: 'bottleneck', stages: [3, 4, 6, 3] },
  resnet101: { block: 'bottleneck', stages: [3, 4, 23, 3] },
  resnet18x2: { block: 'basic', stages: [2, 2, 2, 2], widen: 2 },
  resnet50x2: { block: 'bottleneck', stages: [3, 4, 6, 3], widen: 2 },
  resnet101x2: { block: 'bottleneck', stages: [3, 4, 23, 3], widen: 2 },
  'wide-resnet50-2': { block: 'bottleneck', stages: [3, 4, 6, 3], widenInner: 2 },
} as const satisfies Readonly<Record<string, ResnetVariant>>;

/** The vision transformers by name. */
export const VITS = {
  'vit-tiny-16': { size: 192, heads: 3 },
  'vit-small-16': { size: 384, heads: 12 },
} as const satisfies Readonly<Record<string, VitVariant>>;

type ResnetName = keyof typeof RESNETS;
type VitName = keyof typeof VITS;
export type BackboneName = ResnetName | VitName;

/** The options of a backbone: those of a ResNet, or those of a vision transformer. */
type OptionsOf<Name extends BackboneName> = Name extends ResnetName ? ResnetOptions : VitOptions;

/** Builds a backbone by its name. Throws a UserError for options that contradict each other. */
export function createBackbone<Name extends BackboneName>(name: Name, options: OptionsOf<Name>): Backbone {
  if (isResnet(name)) return resnet(RESNETS[name], options as ResnetOptions);
  return vit(VITS[name as VitName], options as VitOptions);
}

function isResnet(name: BackboneName): name is ResnetName {
  return Object.hasOwn(RESNETS, name);
}
