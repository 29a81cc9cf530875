import { expect, it } from 'vitest';
import { float32, type HostTensor, uint8 } from '../../src/runtime/host-tensor.ts';
import { createProgram, type Program, type ProgramFunction } from '../../src/runtime/program.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';

const IMAGES = { shape: [2, 3], dtype: 'uint8' } as const;
const SCALAR = { shape: [], dtype: 'float32' } as const;

/** Both take the same images; each multiplies them by what it is fed. */
function open(): Promise<Program> {
  const function_ = (sign: number): ProgramFunction => ({
    inputs: { images: IMAGES, small: IMAGES, factor: SCALAR },
    staged: ['images', 'small'],
    build: (_, { images, small, factor }) => {
      const sum = tf.add(tf.sum(tf.cast(images as Tensor, 'float32')), tf.sum(tf.cast(small as Tensor, 'float32')));
      expect(images?.shape).toEqual([2, 3]);
      return { outputs: { value: tf.mul(tf.mul(sum, factor as Tensor), sign) } };
    },
  });
  const plain: ProgramFunction = {
    inputs: { factor: SCALAR },
    build: (_, { factor }) => ({ outputs: { value: factor as Tensor } }),
  };
  return createProgram({
    state: {},
    functions: { train: function_(1), accumulate: function_(-1), plain },
    session: { device: 'cpu' },
  });
}

const factor = float32([2], []);
const batch = (value: number): Record<string, HostTensor> => ({
  images: uint8(new Uint8Array(6).fill(value), [2, 3]),
  small: uint8(new Uint8Array(6), [2, 3]),
});
const numberOf = async (running: Promise<Record<string, HostTensor>>): Promise<number> =>
  (await running)['value']?.data[0] ?? Number.NaN;

it('hands inputs over in order, to whichever function takes them, beside runs', async () => {
  const program = await open();
  try {
    const staged = [1, 2, 3].map((value) => program.stage('train', { ...batch(value), factor }));
    for (const rest of await Promise.all(staged)) expect(rest).toEqual({ factor });
    expect(await numberOf(program.run('accumulate', { factor }))).toBe(-12);
    const running = program.run('train', { factor });
    const next = program.stage('train', batch(4));
    expect(await numberOf(running)).toBe(24);
    await next;
    expect(await numberOf(program.run('train', { factor }))).toBe(36);
    expect(await numberOf(program.run('accumulate', { factor }))).toBe(-48);
  } finally {
    program.close();
  }
});

it('takes all inputs at once as well, and says which are missing instead of waiting for them', async () => {
  const program = await open();
  try {
    expect(await numberOf(program.run('train', { ...batch(5), factor }))).toBe(60);
    await expect(program.run('train', { factor })).rejects.toThrow("Function 'train' expects the input 'images'.");
    const { images } = batch(1);
    await expect(program.run('train', { images: images as HostTensor, factor })).rejects.toThrow(
      "Function 'train' expects the input 'small'.",
    );
    await expect(program.stage('train', { ...batch(1), images: factor })).rejects.toThrow('to be uint8 of shape [2,3]');
    await expect(program.stage('other', {})).rejects.toThrow("The program has no function 'other'.");
    // What stages nothing is given everything.
    expect(await numberOf(program.run('plain', await program.stage('plain', { factor })))).toBe(2);
    expect(await numberOf(program.run('train', { ...batch(6), factor }))).toBe(72);
  } finally {
    program.close();
  }
});

it('closes over what nobody took', async () => {
  const program = await open();
  await program.stage('train', batch(1));
  program.close();
  await expect(program.stage('train', batch(1))).rejects.toThrow('The session is closed.');
});
