import { type Layer, pure, sequential } from '../nn/layer.ts';
import { layerNorm } from '../nn/layer-norm.ts';
import { fixedPatchProjection } from '../nn/patches.ts';
import { positionedTokens } from '../nn/tokens.ts';
import { transformerBlock } from '../nn/transformer-block.ts';
import { castTo } from '../runtime/precision.ts';
import { tf } from '../runtime/tf.ts';
import type { Backbone } from './backbone.ts';

/** Sizes of a vision transformer. */
export interface VitVariant {
  /** Values of a token. */
  readonly size: number;
  readonly heads: number;
}

/** Side of a patch, in pixels. */
export const PATCH = 16;
/** Blocks of both variants. */
export const DEPTH = 12;
const EPSILON = 1e-6;

/**
 * A vision transformer as MoCo v3 trains it (Chen et al., arXiv:2104.02057; facebookresearch/moco-v3, vits.py): a fixed
 * random projection of 16-pixel patches, fixed positions, 12 blocks; the features are the normalised class token.
 *
 * Tokens and matrix products are in the element type of the input. Any size divisible by 16 will do.
 */
export function vit({ size, heads }: VitVariant): Backbone {
  const blocks = Array.from({ length: DEPTH }, (_, i): readonly [string, Layer] => [
    String(i),
    transformerBlock({ size, heads, hidden: 4 * size, epsilon: EPSILON }),
  ]);
  const classToken = pure(
    (x) => castTo(tf.reshape(tf.slice(x, [0, 0, 0], [-1, 1, size]), [-1, size]), 'float32'),
    () => [size],
  );
  const layer = sequential([
    ['patch_embed.proj', fixedPatchProjection(PATCH, size)],
    ['', positionedTokens(size)],
    ['blocks', sequential(blocks)],
    // Every token is normalised by itself, so the others need not be.
    ['', classToken],
    ['norm', layerNorm(size, { epsilon: EPSILON })],
  ]);
  return { layer, featureSize: size };
}
