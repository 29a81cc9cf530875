/** Settings of a ResNet. */
export interface ResnetConfig {
  readonly name:
    | 'resnet18'
    | 'resnet34'
    | 'resnet50'
    | 'resnet101'
    | 'resnet18x2'
    | 'resnet50x2'
    | 'resnet101x2'
    | 'wide-resnet50-2';
  /** First layers: a 7 x 7 convolution with stride 2 and max-pooling, or 3 x 3 for small images. */
  readonly stem: 'imagenet' | 'cifar';
  /** Channels of the first stage. */
  readonly width: number;
  readonly zeroInitResidual: boolean;
  readonly init: 'he-fan-out' | 'torch';
}

/** Settings of a vision transformer. */
export interface VitConfig {
  readonly name: 'vit-tiny-16' | 'vit-small-16';
  readonly positions: 'fixed' | 'learned';
  /** Heads of attention; `auto`: those of the published network. */
  readonly heads: number | 'auto';
}

/**
 * The settings of a backbone, as the schema has them; written out, so that the package's types don't lead to zod's,
 * which need those of a browser or of Node.
 */
export type BackboneConfig = ResnetConfig | VitConfig;
