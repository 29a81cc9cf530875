import { batchMatMul, castLike, operation } from '../runtime/ops.ts';
import { castTo } from '../runtime/precision.ts';
import { type Tensor, tf } from '../runtime/tf.ts';
import { constant, xavierUniform } from './initializers.ts';
import type { Layer } from './layer.ts';
import { prefixed, scoped } from './layer.ts';
import { linear } from './linear.ts';

/**
 * Multi-head self-attention of tokens [n, t, size] -> [n, t, size] (Vaswani et al., arXiv:1706.03762, section 3.2).
 *
 * `qkv` maps a token to queries, keys and values, each a run of `heads` vectors, as in timm. Its first values are drawn
 * as those of three separate maps (facebookresearch/moco-v3). Products are in the element type of the input, softmax in
 * float32.
 */
export function attention(size: number, heads: number): Layer {
  const width = size / heads;
  const zero = constant(0);
  const weight = xavierUniform(size, size);
  const qkv = linear(size, 3 * size, { bias: true, initialize: { weight, bias: zero } });
  const proj = linear(size, size, { bias: true, initialize: { weight, bias: zero } });
  return {
    variables: { ...prefixed('qkv.', qkv.variables), ...prefixed('proj.', proj.variables) },
    apply(lookup, x, context) {
      const [n = 1, tokens = 1] = x.shape;
      const projected = qkv.apply(scoped(lookup, 'qkv.'), x, context).y;
      const byHead = tf.transpose(tf.reshape(projected, [n, tokens, 3, heads, width]), [2, 0, 3, 1, 4]);
      const [query, key, value] = tf.split(byHead, 3, 0).map((part) => tf.reshape(part, [n, heads, tokens, width]));
      const mixed = attend(query as Tensor, key as Tensor, value as Tensor);
      const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [n, tokens, size]);
      return { y: proj.apply(scoped(lookup, 'proj.'), joined, context).y, buffers: {} };
    },
    trace([tokens = 1]) {
      // Queries, keys and values, each twice; scores, weights; mixed values, twice; the result.
      const activations = tokens * size * (3 * 2 + 2 + 1) + 2 * heads * tokens * tokens;
      return { shape: [tokens, size], activations };
    },
  };
}

/** softmax(q k^T / sqrt(width)) v of [n, heads, t, width]; q is scaled first, so that float16 does not overflow. */
function attend(query: Tensor, key: Tensor, value: Tensor): Tensor {
  const scale = castLike(tf.scalar(1 / Math.sqrt(query.shape[3] as number)), query);
  const scores = batchMatMul(operation('Mul', [query, scale]), key, { transposeB: true });
  const weights = operation('Softmax', [castTo(scores, 'float32')]);
  return batchMatMul(castLike(weights, value), value);
}
