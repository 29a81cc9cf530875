import type { BackboneConfig, ViewsConfig } from '../../config/run-config.ts';
import { type ExportedEncoder, widthOf } from './exported-encoder.ts';

/** What a description holds besides the encoder: where it comes from. */
export interface EncoderOrigin {
  /** Hash of the settings that the run depends on. */
  readonly run: string;
  /** SHA-256 of the checkpoint's file. */
  readonly checkpoint: string;
  /** Completed epochs. */
  readonly epoch: number;
  /** Completed steps. */
  readonly step: number;
}

/** What a stranger needs to build an encoder and to feed it: the `encoder` metadata of every exported file. */
export interface EncoderDescription extends EncoderOrigin {
  readonly backbone: string;
  readonly part: 'backbone' | 'projector';
  /** Width of the features. */
  readonly features: number;
  /** Side of the images in pixels. */
  readonly size: number;
  /** Pixels of the short side before the crop. */
  readonly resize: number;
  readonly interpolation: string;
  readonly crop: 'center';
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Settings by their dotted keys, from which this tool builds it again. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The settings that decide how features are computed, by their dotted keys. */
function settingsOf(backbone: BackboneConfig, { size, normalize, crop }: ViewsConfig): Record<string, unknown> {
  return {
    ...Object.fromEntries(Object.entries(backbone).map(([key, value]) => [`backbone.${key}`, value])),
    'views.size': size,
    'views.normalize': normalize,
    'views.crop.interpolation': crop.interpolation,
  };
}

/** Describes an encoder. */
export function describeEncoder(
  encoder: ExportedEncoder,
  views: ViewsConfig,
  origin: EncoderOrigin,
): EncoderDescription {
  const { resize, size, interpolation } = encoder.view.transform;
  const { mean, std } = encoder.view.normalization;
  return {
    backbone: encoder.settings.name,
    part: encoder.projector ? 'projector' : 'backbone',
    ...{ features: widthOf(encoder), size, resize, interpolation, crop: 'center', mean, std },
    settings: settingsOf(encoder.settings, views),
    run: origin.run,
    checkpoint: origin.checkpoint,
    epoch: origin.epoch,
    step: origin.step,
  };
}
