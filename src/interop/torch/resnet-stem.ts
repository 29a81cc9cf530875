import { EXPANSION, type ResnetVariant } from '../../backbones/resnet.ts';
import type { BackboneConfig } from '../../config/run-config.ts';

/** Settings of a ResNet. */
export type ResnetConfig = Extract<BackboneConfig, { readonly stem: string }>;

/** Channels of the first stage of both libraries' ResNets. */
const PUBLISHED_WIDTH = 64;

/** A ResNet of ours beside the one of a library that is nearest. */
export interface ResnetLikeness {
  /** The library's name for it; the same in torchvision and timm. */
  readonly name: string;
  /** Channels of the first stage. */
  readonly width: number;
  /** Whether all channels are as in the library. */
  readonly isPublished: boolean;
  /** Python lines that replace what differs before the first stage. */
  readonly stem: readonly string[];
  readonly features: number;
}

/** What a library's ResNet has and lacks to be ours. */
export function resnetLikeness(settings: ResnetConfig, { block, widen = 1 }: ResnetVariant): ResnetLikeness {
  const width = settings.width * widen;
  const isPublished = width === PUBLISHED_WIDTH;
  const isSmall = settings.stem === 'cifar';
  const filter = isSmall ? '3, padding=1, bias=False' : '7, stride=2, padding=3, bias=False';
  return {
    // SimCLR's wide ones are these, with twice the channels everywhere.
    name: settings.name.replace(/x2$/, '').replaceAll('-', '_'),
    width,
    isPublished,
    stem: [
      ...(isPublished && !isSmall ? [] : [`model.conv1 = nn.Conv2d(3, ${width}, ${filter})`]),
      ...(isPublished ? [] : [`model.bn1 = nn.BatchNorm2d(${width})`]),
      ...(isSmall ? ['model.maxpool = nn.Identity()'] : []),
    ],
    features: 8 * width * EXPANSION[block],
  };
}
