import { describe, expect, it } from 'vitest';
import { ntXent } from '../../src/losses/nt-xent.ts';
import { createMethod } from '../../src/methods/create-method.ts';
import { embeddingStd } from '../../src/methods/embedding-std.ts';
import { initialValues } from '../../src/methods/initial-values.ts';
import { prefixed, scoped } from '../../src/nn/layer.ts';
import { mlp } from '../../src/nn/mlp.ts';
import { float32, type HostTensor } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';
import { expectNear } from '../support-tensors.ts';
import { normals, scalars, tinyBackbone, tinySimclr, trainingProgram } from './tiny-methods.ts';

const WIDTH = 4;
const SHAPE = [6, 8, 8, 3];
const method = tinySimclr(WIDTH);
const backbone = tinyBackbone(WIDTH);
const projector = mlp({ input: 2 * WIDTH, hidden: 2 * WIDTH, output: 8, layers: 2, batchNorm: true });

/** Embeddings and new backbone buffers of images, by the parts themselves. */
function encode(inputs: Readonly<Record<string, Tensor>>, images: Tensor) {
  const lookup = (name: string): Tensor => inputs[name] as Tensor;
  const features = backbone.layer.apply(scoped(lookup, 'backbone.'), images, { mode: 'train' });
  const z = projector.apply(scoped(lookup, 'projector.'), features.y, { mode: 'train' }).y;
  return { z, buffers: features.buffers };
}

describe('simclr', () => {
  it("owns exactly the backbone's and the projector's variables", () => {
    expect(Object.keys(method.variables)).toEqual([
      ...Object.keys(prefixed('backbone.', backbone.layer.variables)),
      ...Object.keys(prefixed('projector.', projector.variables)),
    ]);
    expect(Object.keys(method.variables).filter((name) => name.startsWith('projector.'))).toEqual([
      'projector.0.weight',
      'projector.1.weight',
      'projector.1.bias',
      'projector.1.running_mean',
      'projector.1.running_var',
      'projector.3.weight',
      'projector.3.bias',
    ]);
  });

  it('encodes both views as one batch: BatchNorm sees 2n images', async () => {
    const [a, b] = [normals(SHAPE, 1), normals(SHAPE, 2)];
    // Views of different brightness, so that their own statistics are far from the common ones.
    const bright: HostTensor = { ...b, data: b.data.map((value) => 3 * value + 1) as Float32Array };
    const result = await runOnce(
      (inputs) => {
        const views = [inputs['a'], inputs['b']] as [Tensor, Tensor];
        const { loss, buffers, metrics } = method.forward((name) => inputs[name] as Tensor, views, {});
        const together = encode(inputs, tf.concat(views, 0));
        const [z0, z1] = tf.split(together.z, 2, 0) as [Tensor, Tensor];
        const apart = [encode(inputs, views[0]), encode(inputs, views[1])] as const;
        return {
          loss,
          std: metrics['embeddingStd'] as Tensor,
          mean: buffers['backbone.bn1.running_mean'] as Tensor,
          together: ntXent([z0, z1], 0.5),
          togetherMean: together.buffers['bn1.running_mean'] as Tensor,
          apart: ntXent([apart[0].z, apart[1].z], 0.5),
        };
      },
      { a, b: bright, ...initialValues(method.variables, 1) },
    );
    expectNear(result['loss'], result['together'] as HostTensor, 1e-6);
    expectNear(result['mean'], result['togetherMean'] as HostTensor, 1e-6);
    const [loss = 0, apart = 0] = [result['loss']?.data[0], result['apart']?.data[0]];
    expect(Math.abs(loss - apart)).toBeGreaterThan(0.01);
    expect(result['std']?.data[0]).toBeGreaterThan(0.1);
  });

  it('gives new values for every buffer and for nothing else', async () => {
    const result = await runOnce(
      (inputs) => {
        const views = [inputs['a'], inputs['b']] as [Tensor, Tensor];
        return method.forward((name) => inputs[name] as Tensor, views, {}).buffers;
      },
      { a: normals(SHAPE, 1), b: normals(SHAPE, 2), ...initialValues(method.variables, 1) },
    );
    const buffers = Object.keys(method.variables).filter((name) => method.variables[name]?.kind === 'buffer');
    expect(Object.keys(result).sort()).toEqual(buffers.sort());
  });

  it('has the chance loss ln(2n - 1), which equal embeddings reach', async () => {
    const image = normals([1, ...SHAPE.slice(1)], 3);
    const same = float32(Array.from({ length: 6 }, () => [...image.data]).flat(), SHAPE);
    const { value } = await runOnce(
      (inputs) => method.forward((name) => inputs[name] as Tensor, [inputs['a'], inputs['b']] as Tensor[], {}).loss,
      { a: same, b: same, ...initialValues(method.variables, 1) },
    );
    expect(method.chanceLoss(6, 2)).toBeCloseTo(Math.log(11), 12);
    expect(value?.data[0]).toBeCloseTo(Math.log(11), 4);
  });

  it('learns to tell a fixed batch apart in 30 steps', async () => {
    const program = await trainingProgram(method, SHAPE);
    const a = normals(SHAPE, 1);
    const noise = normals(SHAPE, 2);
    const b: HostTensor = { ...a, data: a.data.map((x, i) => x + 0.3 * (noise.data[i] ?? 0)) as Float32Array };
    const losses: number[] = [];
    for (let step = 0; step < 30; step++) {
      const { loss } = await program.run('train', { a, b, ...scalars(0.1) });
      losses.push(loss?.data[0] ?? Number.NaN);
    }
    program.close();
    const [first = 0, last = 0] = [losses[0], losses.at(-1)];
    expect(first).toBeLessThan(Math.log(11) + 0.5);
    expect(last).toBeLessThan(0.8 * first);
  });
});

describe('createMethod', () => {
  it('builds SimCLR by its name', () => {
    const projectorSizes = { hidden: 2 * WIDTH, out: 8, layers: 2, batchNorm: true };
    const built = createMethod(
      { name: 'simclr', temperature: 0.5, passes: 'joint', projector: projectorSizes },
      { backbone, precision: 'float32' },
    );
    expect(Object.keys(built.variables)).toEqual(Object.keys(method.variables));
  });
});

describe('initialValues', () => {
  const first = initialValues(method.variables, 1);

  it('fill the shapes of the variables', () => {
    for (const [name, { shape }] of Object.entries(method.variables)) {
      expect(first[name]).toMatchObject({ dtype: 'float32', shape });
      expect(first[name]?.data).toHaveLength(shape.reduce((product, size) => product * size, 1));
    }
  });

  it('depend on the seed and on the name alone, not on the other variables', () => {
    const name = 'backbone.conv2.weight';
    const spec = method.variables[name];
    const again = initialValues(spec ? { [name]: spec, 'backbone.conv3.weight': spec } : {}, 1);
    expect(again[name]).toEqual(first[name]);
    expect(again['backbone.conv3.weight']).not.toEqual(first[name]);
    expect(initialValues(method.variables, 2)[name]).not.toEqual(first[name]);
  });

  it('are uncorrelated from variable to variable', () => {
    const initialize = method.variables['backbone.conv1.weight']?.initialize ?? (() => new Float32Array());
    const shape = [10_000];
    const spec = { shape, kind: 'parameter', initialize } as const;
    const drawn = initialValues({ a: spec, b: spec }, 1);
    const [a = [], b = []] = [drawn['a']?.data, drawn['b']?.data].map((data) => [...(data ?? [])]);
    const dot = (x: number[], y: number[]): number => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
    expect(dot(a, a)).toBeGreaterThan(0);
    // A correlation of 10,000 independent pairs has the deviation 0.01.
    expect(Math.abs(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)))).toBeLessThan(0.05);
  });
});

describe('embeddingStd', () => {
  const spread = async (rows: HostTensor): Promise<number> => {
    const { value } = await runOnce(({ z }) => embeddingStd(z as Tensor), { z: rows });
    return value?.data[0] ?? Number.NaN;
  };

  it('is 1 for embeddings that fill the sphere', async () => {
    const [count, width] = [2000, 16];
    const { data } = normals([count, width], 5);
    const rows = Array.from({ length: count }, (_, i) => {
      const row = [...data.subarray(i * width, (i + 1) * width)];
      return row.map((x) => x / Math.hypot(...row));
    });
    expect(await spread(float32(rows.flat(), [count, width]))).toBeCloseTo(1, 2);
  });

  it('is 0 for embeddings that have collapsed', async () => {
    const row = [0.48, 0.6, 0.64];
    expect(await spread(float32([...row, ...row, ...row, ...row], [4, 3]))).toBeCloseTo(0, 5);
  });
});
