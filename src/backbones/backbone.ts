import type { Layer } from '../nn/layer.ts';

/**
 * An encoder [n, h, w, 3] -> features [n, featureSize] in float32; its `trace` throws a UserError for sizes it can't
 * take.
 */
export interface Backbone {
  readonly layer: Layer;
  readonly featureSize: number;
  /**
   * The network before its pooling as parts one after another, whose outputs are a pyramid of features for detectors:
   * c2 to c5 [n, h', w', c] of a ResNet, each half as high and wide as the one before. Absent where a network has none.
   */
  readonly stages?: readonly Layer[] | undefined;
}
