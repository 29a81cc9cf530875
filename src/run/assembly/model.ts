import type { Backbone } from '../../backbones/backbone.ts';
import { createBackbone } from '../../backbones/create-backbone.ts';
import type { RunConfig } from '../../config/run-config.ts';
import { createMethod } from '../../methods/create-method.ts';
import type { Method } from '../../methods/method.ts';
import type { VariableSpecs } from '../../nn/layer.ts';
import { elementCount } from '../../runtime/host-tensor.ts';
import type { Precision } from '../../runtime/precision.ts';

/** The networks of a run, the method that they learn by, and the arithmetic that both are made for. */
export interface Model {
  readonly backbone: Backbone;
  readonly method: Method;
  /** Element type of the backbone; float16 scales the loss too. */
  readonly precision: Precision;
}

/**
 * Builds backbone and method; nothing is computed and TensorFlow is not loaded.
 *
 * @throws UserError when the backbone can't take views of the configured size.
 */
export function buildModel({ backbone: settings, views, method, precision }: RunConfig): Model {
  const backbone = createBackbone(settings.name, { ...settings, viewSize: views.size });
  for (const size of [views.size, ...(views.small ? [views.small.size] : [])]) backbone.layer.trace([size, size, 3]);
  return { backbone, method: createMethod(method, { backbone, precision }), precision };
}

/** The number of trainable values among variables whose names begin with `prefix`. */
export function parameterCount(variables: VariableSpecs, prefix = ''): number {
  return Object.entries(variables)
    .filter(([name, { kind }]) => kind === 'parameter' && name.startsWith(prefix))
    .reduce((sum, [, { shape }]) => sum + elementCount(shape), 0);
}

/** Sizes of a model. */
export interface ModelDescription {
  readonly backboneParameters: number;
  /** Everything else that is trained: projector, predictor. */
  readonly projectorParameters: number;
  readonly featureSize: number;
  /** Bytes of float32 layer outputs for all views of one image. */
  readonly activationBytesPerImage: number;
}

/**
 * Describes a model without loading TensorFlow.
 *
 * @param viewSizes sides in pixels of all views of one image.
 */
export function describeModel({ backbone, method }: Model, viewSizes: readonly number[]): ModelDescription {
  const backboneParameters = parameterCount(method.variables, 'backbone.');
  return {
    backboneParameters,
    projectorParameters: parameterCount(method.variables) - backboneParameters,
    featureSize: backbone.featureSize,
    activationBytesPerImage: viewSizes.reduce(
      (sum, size) => sum + 4 * backbone.layer.trace([size, size, 3]).activations,
      0,
    ),
  };
}
