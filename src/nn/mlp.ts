import { relu } from '../runtime/ops.ts';
import { batchNorm } from './batch-norm.ts';
import { type Layer, pure, sequential } from './layer.ts';
import { linear } from './linear.ts';

/** Sizes of a projector: `layers` linear maps, all but the last followed by (BatchNorm and) ReLU. */
export interface MlpOptions {
  readonly input: number;
  readonly hidden: number;
  readonly output: number;
  readonly layers: number;
  /** BatchNorm after every hidden map, which then has no bias. */
  readonly batchNorm: boolean;
}

/** A multi-layer perceptron [n, input] -> [n, output]; variables are numbered as in PyTorch's nn.Sequential. */
export function mlp({ input, hidden, output, layers, batchNorm: normalized }: MlpOptions): Layer {
  const parts: Layer[] = [];
  for (let i = 0; i < layers - 1; i++) {
    parts.push(linear(i === 0 ? input : hidden, hidden, { bias: !normalized }));
    if (normalized) parts.push(batchNorm(hidden));
    parts.push(pure(relu));
  }
  parts.push(linear(layers === 1 ? input : hidden, output, { bias: true }));
  return sequential(parts.map((part, i) => [String(i), part]));
}
