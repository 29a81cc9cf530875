import type { Layer } from '../nn/layer.ts';

/**
 * An encoder [n, h, w, 3] -> features [n, featureSize] in float32; its `trace` throws a UserError for sizes it can't
 * take.
 */
export interface Backbone {
  readonly layer: Layer;
  readonly featureSize: number;
}
