import { relu } from '../runtime/ops.ts';
import { batchNorm } from './batch-norm.ts';
import { type Layer, pure, sequential } from './layer.ts';
import { linear } from './linear.ts';

/** Sizes of a projector: `layers` linear maps, all but the last followed by (BatchNorm and) ReLU. */
export interface MlpOptions {
  readonly input: number;
  /** Outputs of every map but the last; nothing to a single map. */
  readonly hidden: number;
  readonly output: number;
  /** At least 1, which is one linear map. */
  readonly layers: number;
  /** BatchNorm after every hidden map, which then has no bias. */
  readonly batchNorm: boolean;
  /** Whether the last map has a bias (default). */
  readonly lastBias?: boolean | undefined;
  /**
   * BatchNorm after the last map; `plain` learns no scale and shift, as MoCo v3's (arXiv:2104.02057). Default: none.
   */
  readonly lastBatchNorm?: 'none' | 'affine' | 'plain' | undefined;
}

/** A multi-layer perceptron [n, input] -> [n, output]; variables are numbered as in PyTorch's nn.Sequential. */
export function mlp(options: MlpOptions): Layer {
  const { input, hidden, output, layers, batchNorm: normalized, lastBias = true, lastBatchNorm = 'none' } = options;
  const parts: Layer[] = [];
  for (let i = 0; i < layers - 1; i++) {
    parts.push(linear(i === 0 ? input : hidden, hidden, { bias: !normalized }));
    if (normalized) parts.push(batchNorm(hidden));
    parts.push(pure(relu));
  }
  parts.push(linear(layers === 1 ? input : hidden, output, { bias: lastBias }));
  if (lastBatchNorm !== 'none') parts.push(batchNorm(output, { affine: lastBatchNorm === 'affine' }));
  return sequential(parts.map((part, i) => [String(i), part]));
}
