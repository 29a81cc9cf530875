import { lookupIn, scoped } from '../../nn/layer.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { createProgram } from '../../runtime/program.ts';
import { type Tensor, type Tensors, tf } from '../../runtime/tf.ts';
import type { ExportedEncoder } from './exported-encoder.ts';

const EVAL = { mode: 'eval' } as const;

/** The four maps c2 to c5 of a ResNet, averaged over their positions: [n, channels] each. */
function mapMeans({ stages }: ExportedEncoder['backbone'], state: Tensors, x: Tensor): Record<string, Tensor> {
  let map = x;
  const means = (stages ?? []).map((stage, i) => {
    map = stage.apply(scoped(lookupIn(state), 'backbone.'), map, EVAL).y;
    return [`c${i + 2}`, tf.mean(map, [1, 2])] as const;
  });
  return Object.fromEntries(means);
}

/**
 * What our own network makes of uint8 images [n, size, size, 3], in float32 on the CPU whatever the run was trained
 * with: `features` [n, f] (the embedding where the projector is exported) and, for a pyramid, the means `c2` to `c5` of
 * its maps.
 */
export async function referenceFeatures(
  { backbone, projector, tensors, view }: ExportedEncoder,
  images: HostTensor,
  withPyramid: boolean,
): Promise<Record<string, HostTensor>> {
  const { mean, std } = view.normalization;
  const program = await createProgram({
    state: tensors,
    functions: {
      features: {
        inputs: { images },
        build: (state, { images: pixels }) => {
          if (!pixels) throw new Error('Expected images.');
          const values = tf.div(tf.cast(pixels, 'float32'), 255);
          const x = tf.div(tf.sub(values, tf.tensor1d([...mean])), tf.tensor1d([...std]));
          const { y } = backbone.layer.apply(scoped(lookupIn(state), 'backbone.'), x, EVAL);
          const features = projector?.layer.apply(scoped(lookupIn(state), 'projector.'), y, EVAL).y ?? y;
          return { outputs: { features, ...(withPyramid ? mapMeans(backbone, state, x) : {}) } };
        },
      },
    },
    session: { device: 'cpu' },
  });
  try {
    return await program.run('features', { images });
  } finally {
    program.close();
  }
}
