import type { Backbone } from '../backbones/backbone.ts';
import { createBackbone } from '../backbones/table.ts';
import type { RunConfig } from '../config/run-config.ts';
import { smallViewSettings, viewSettings } from '../config/views.ts';
import type { Method } from '../methods/method.ts';
import { createMethod } from '../methods/table.ts';
import type { VariableSpecs } from '../nn/layer.ts';
import { elementCount } from '../runtime/host-tensor.ts';

/** The network parts that a configuration names. */
export interface Model {
  readonly backbone: Backbone;
  readonly method: Method;
}

/**
 * Builds backbone and method; nothing is computed and TensorFlow is not loaded.
 *
 * @throws UserError when the backbone can't take views of the configured size.
 */
export function buildModel({ backbone: settings, views, method, precision }: RunConfig): Model {
  const backbone = createBackbone(settings.name, settings);
  for (const size of [views.size, ...(views.small ? [views.small.size] : [])]) backbone.layer.trace([size, size, 3]);
  return { backbone, method: createMethod(method, { backbone, precision }) };
}

/** The number of trainable values among variables whose names begin with `prefix`. */
function parameterCount(variables: VariableSpecs, prefix = ''): number {
  return Object.entries(variables)
    .filter(([name, { kind }]) => kind === 'parameter' && name.startsWith(prefix))
    .reduce((sum, [, { shape }]) => sum + elementCount(shape), 0);
}

/** Sizes of a configuration's networks. */
export interface ModelDescription {
  readonly backboneParameters: number;
  /** Everything else that is trained: projector, predictor. */
  readonly projectorParameters: number;
  readonly featureSize: number;
  /** Bytes of float32 layer outputs for all views of one image. */
  readonly activationBytesPerImage: number;
}

/** Describes the networks of a configuration without loading TensorFlow. */
export function describeModel(config: RunConfig, { backbone, method }: Model): ModelDescription {
  const backboneParameters = parameterCount(method.variables, 'backbone.');
  const views = [...viewSettings(config.views), ...smallViewSettings(config.views)];
  return {
    backboneParameters,
    projectorParameters: parameterCount(method.variables) - backboneParameters,
    featureSize: backbone.featureSize,
    activationBytesPerImage: views.reduce(
      (sum, { size }) => sum + 4 * backbone.layer.trace([size, size, 3]).activations,
      0,
    ),
  };
}
