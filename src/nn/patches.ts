import { conv2d } from '../runtime/conv2d.ts';
import { castLike, operation, stopGradient } from '../runtime/ops.ts';
import { UserError } from '../util/errors.ts';
import { constant, xavierUniform } from './initializers.ts';
import type { Layer } from './layer.ts';

/**
 * A random projection of patches that stays as it was drawn: [n, h, w, 3] -> [n, h / patch, w / patch, size].
 *
 * MoCo v3 (arXiv:2104.02057, section 4.2) found training more stable with it than with a learnt one. It is a buffer,
 * and no gradient goes through. `trace` throws a UserError for images that patches don't fill.
 */
export function fixedPatchProjection(patch: number, size: number): Layer {
  return {
    variables: {
      weight: {
        shape: [patch, patch, 3, size],
        kind: 'buffer',
        initialize: xavierUniform(3 * patch * patch, size),
      },
      bias: { shape: [size], kind: 'buffer', initialize: constant(0) },
    },
    apply(lookup, x) {
      const projected = conv2d(x, lookup('weight'), patch, 0);
      return { y: stopGradient(operation('AddV2', [projected, castLike(lookup('bias'), x)])), buffers: {} };
    },
    trace([height = 0, width = 0]) {
      if (height < patch || width < patch || height % patch !== 0 || width % patch !== 0) {
        throw new UserError(`Expected views whose size is a multiple of ${patch}, got ${height} x ${width} px.`, {
          hint: `Set the size of views to a multiple of ${patch}, such as 32, 96 or 224, or choose a ResNet.`,
          exitCode: 2,
        });
      }
      const shape = [height / patch, width / patch, size];
      return { shape, activations: (height / patch) * (width / patch) * size };
    },
  };
}
