import { type Layer, pure, sequential } from '../nn/layer.ts';
import { layerNorm } from '../nn/layer-norm.ts';
import { fixedPatchProjection } from '../nn/patches.ts';
import { positionedTokens } from '../nn/tokens.ts';
import { transformerBlock } from '../nn/transformer-block.ts';
import { castTo } from '../runtime/precision.ts';
import { tf } from '../runtime/tf.ts';
import { UserError } from '../util/errors.ts';
import type { Backbone } from './backbone.ts';

/** Sizes of a vision transformer. */
export interface VitVariant {
  /** Values of a token. */
  readonly size: number;
  readonly heads: number;
  /** Blocks; 12 (default) in the published ones. */
  readonly depth?: number | undefined;
}

/** Settings of a vision transformer, each with MoCo v3's as default. */
export interface VitOptions {
  /** Heads of attention; `auto` (default): those of the variant. */
  readonly heads?: number | 'auto' | undefined;
  /** `fixed` (default): sines and cosines, for views of every size; `learned`: parameters, for views of `viewSize`. */
  readonly positions?: 'fixed' | 'learned' | undefined;
  /** Side in pixels of the views that learnt positions are for (default: 224). */
  readonly viewSize?: number | undefined;
}

/** Side of a patch, in pixels. */
export const PATCH = 16;
/** Blocks of both variants. */
export const DEPTH = 12;
const EPSILON = 1e-6;

/**
 * A vision transformer as MoCo v3 trains it (Chen et al., arXiv:2104.02057; facebookresearch/moco-v3, vits.py): a fixed
 * random projection of 16-pixel patches, fixed positions, blocks; the features are the normalised class token.
 *
 * Tokens and matrix products are in the element type of the input. Any size divisible by 16 will do, unless positions
 * are learnt. Throws a UserError for heads that don't divide a token.
 */
export function vit(variant: VitVariant, options: VitOptions): Backbone {
  const { size, depth = DEPTH } = variant;
  const heads = attentionHeads(variant, options);
  const blocks = Array.from({ length: depth }, (_, i): readonly [string, Layer] => [
    String(i),
    transformerBlock({ size, heads, hidden: 4 * size, epsilon: EPSILON }),
  ]);
  const classToken = pure(
    (x) => castTo(tf.reshape(tf.slice(x, [0, 0, 0], [-1, 1, size]), [-1, size]), 'float32'),
    () => [size],
  );
  const side = Math.floor((options.viewSize ?? 224) / PATCH);
  const learnt = options.positions === 'learned' ? { rows: side, columns: side, patch: PATCH } : undefined;
  const layer = sequential([
    ['patch_embed.proj', fixedPatchProjection(PATCH, size)],
    ['', positionedTokens(size, learnt)],
    ['blocks', sequential(blocks)],
    // Every token is normalised by itself, so the others need not be.
    ['', classToken],
    ['norm', layerNorm(size, { epsilon: EPSILON })],
  ]);
  return { layer, featureSize: size };
}

/** The heads of a variant under given options. Throws a UserError when they don't divide a token. */
export function attentionHeads({ size, heads }: VitVariant, options: Pick<VitOptions, 'heads'>): number {
  const { heads: asked = 'auto' } = options;
  if (asked === 'auto') return heads;
  if (size % asked === 0) return asked;
  const possible = Array.from({ length: 16 }, (_, i) => i + 1).filter((count) => size % count === 0);
  throw new UserError(`backbone.heads: expected a number that divides ${size}, got ${asked}.`, {
    hint: `Such are ${possible.join(', ')}; the published number is ${heads}.`,
    exitCode: 2,
  });
}
