import { type Backbone, type ResnetOptions, type ResnetVariant, resnet } from './resnet.ts';

const RESNETS: Readonly<Record<string, ResnetVariant>> = {
  resnet18: { block: 'basic', stages: [2, 2, 2, 2] },
  resnet34: { block: 'basic', stages: [3, 4, 6, 3] },
  resnet50: { block: 'bottleneck', stages: [3, 4, 6, 3] },
};

export type BackboneName = 'resnet18' | 'resnet34' | 'resnet50';

/** Builds a backbone by its name. */
export function createBackbone(name: BackboneName, options: ResnetOptions): Backbone {
  return resnet(RESNETS[name] as ResnetVariant, options);
}
