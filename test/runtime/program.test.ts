import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { float32, type HostTensor, int32, uint8 } from '../../src/runtime/host-tensor.ts';
import { cast, operation } from '../../src/runtime/ops.ts';
import { createProgram, type Program, type ProgramDefinition } from '../../src/runtime/program.ts';
import { type Tensor, type Tensors, tf } from '../../src/runtime/tf.ts';

const opened: Program[] = [];
const open = async (definition: ProgramDefinition): Promise<Program> => {
  const program = await createProgram({ session: { device: 'cpu' }, ...definition });
  opened.push(program);
  return program;
};
afterEach(() => {
  for (const program of opened.splice(0)) program.close();
});

const scalar = (value: number): HostTensor => float32([value], []);
const float = (shape: readonly number[]) => ({ shape, dtype: 'float32' }) as const;
const get = (tensors: Tensors, name: string): Tensor => tensors[name] as Tensor;
const dataOf = (tensors: Readonly<Record<string, HostTensor>>): Record<string, number[]> =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, [...data]]));

describe('a program', () => {
  const fibonacci: ProgramDefinition = {
    state: { a: float32([0, 5], [2]), b: float32([1, 8], [2]), kept: float32([7], [1]) },
    functions: {
      step: {
        inputs: {},
        build: (state) => ({
          outputs: { before: get(state, 'b') },
          state: { a: get(state, 'b'), b: tf.add(get(state, 'a'), get(state, 'b')) },
        }),
      },
      swap: { inputs: {}, build: (state) => ({ outputs: {}, state: { a: get(state, 'b'), b: get(state, 'a') } }) },
      peek: {
        inputs: { factor: float([]) },
        build: (state, { factor }) => ({ outputs: { product: tf.mul(get(state, 'a'), factor as Tensor) } }),
      },
    },
  };

  it('runs several functions over one state, every read before every assignment', async () => {
    const program = await open(fibonacci);
    for (let i = 0; i < 20; i++) {
      await program.run('swap', {});
      expect(dataOf(await program.read(['a', 'b']))).toEqual(
        i % 2 ? { a: [0, 5], b: [1, 8] } : { a: [1, 8], b: [0, 5] },
      );
    }
    const before: (readonly number[])[] = [];
    for (let i = 0; i < 3; i++) before.push([...((await program.run('step', {}))['before']?.data ?? [])]);
    expect(before).toEqual([
      [1, 8],
      [1, 13],
      [2, 21],
    ]);
    expect(dataOf(await program.run('peek', { factor: scalar(10) }))).toEqual({ product: [20, 210] });
    expect(dataOf(await program.read())).toEqual({ a: [2, 21], b: [3, 34], kept: [7] });
  });

  it('gives back what is written, bit for bit and apart from the arrays it came from', async () => {
    const values = Float32Array.of(0.1, -0, 1e-45, Number.NaN, Number.POSITIVE_INFINITY, 3.4e38);
    const state = {
      x: float32(new Float32Array(6), [2, 3]),
      counts: int32([0, 0], [2]),
      bytes: uint8(new Uint8Array(3), [3]),
      none: float32([], [0, 4]),
    };
    const program = await open({ state, functions: {} });
    expect(await program.read()).toEqual(state);
    const written = {
      x: float32(values, [2, 3]),
      counts: int32([2 ** 31 - 1, -(2 ** 31)], [2]),
      bytes: uint8(new Uint8Array(Uint8Array.of(9, 0, 128, 255).buffer, 1), [3]),
    };
    await program.write(written);
    const read = await program.read(['bytes', 'x', 'counts']);
    expect(Object.keys(read)).toEqual(['bytes', 'x', 'counts']);
    expect(read).toEqual(written);
    values.fill(1);
    expect((await program.read(['x']))['x']?.data[0]).toBe(Math.fround(0.1));
    await program.write({});
    expect(await program.read([])).toEqual({});
  });

  it('takes uint8 inputs as uint8', async () => {
    const program = await open({
      state: {},
      functions: {
        wrap: {
          inputs: { x: { shape: [2], dtype: 'uint8' } },
          build: (_, { x }) => ({
            outputs: { sum: operation('AddV2', [x as Tensor, x as Tensor]), float: cast(x as Tensor, 'float32') },
          }),
        },
      },
    });
    const { sum, float: asFloat } = await program.run('wrap', { x: uint8(Uint8Array.of(1, 200), [2]) });
    // 400 only fits a byte modulo 256: the addition was one of bytes.
    expect(sum).toEqual(uint8(Uint8Array.of(2, 144), [2]));
    expect(asFloat).toEqual(float32([1, 200], [2]));
  });

  it('keeps two programs with the same names apart', async () => {
    const [first, second] = [await open(fibonacci), await open(fibonacci)];
    await first.run('step', {});
    expect(dataOf(await second.read(['a']))).toEqual({ a: [0, 5] });
    expect(dataOf(await first.read(['a']))).toEqual({ a: [1, 8] });
  });

  it('gives an input, and one value under two names, back as outputs', async () => {
    const program = await open({
      state: {},
      functions: {
        echo: {
          inputs: { x: float([2]) },
          build: (_, { x }) => {
            const y = tf.neg(x as Tensor);
            return { outputs: { x: x as Tensor, y, again: y } };
          },
        },
      },
    });
    const outputs = await program.run('echo', { x: float32([1, 2], [2]) });
    expect(dataOf(outputs)).toEqual({ x: [1, 2], y: [-1, -2], again: [-1, -2] });
  });

  it('leaves the event loop free while it runs', async () => {
    const side = 1500;
    const program = await open({
      state: { x: float32(new Float32Array(side * side).fill(1 / side), [side, side]) },
      functions: {
        slow: {
          inputs: {},
          build: (state) => {
            const x = get(state, 'x') as never;
            let y = x;
            for (let i = 0; i < 10; i++) y = tf.matMul(y, x) as never;
            return { outputs: { mean: tf.mean(y) } };
          },
        },
      },
    });
    let ticks = 0;
    let done = false;
    const run = program.run('slow', {}).finally(() => {
      done = true;
    });
    while (!done) {
      await sleep(1);
      if (!done) ticks++;
    }
    expect((await run)['mean']?.data[0]).toBeCloseTo(1 / side, 6);
    expect(ticks).toBeGreaterThan(5);
  });
});

describe('a program refuses', () => {
  const definition: ProgramDefinition = {
    state: { w: float32([1, 2], [2]) },
    functions: {
      scale: {
        inputs: { x: float([2]), rate: float([]) },
        build: (state, { x, rate }) => ({
          outputs: { y: tf.mul(tf.mul(get(state, 'w'), x as Tensor), rate as Tensor) },
        }),
      },
    },
  };
  const inputs = { x: float32([1, 1], [2]), rate: scalar(2) };

  it.each<[string, string, Record<string, HostTensor>, string]>([
    ['an unknown function', 'grow', inputs, "The program has no function 'grow'."],
    ['a missing input', 'scale', { x: inputs.x }, "Function 'scale' expects the input 'rate'."],
    ['an unknown input', 'scale', { ...inputs, z: inputs.x }, "Function 'scale' has no input 'z'."],
    [
      'a wrong shape',
      'scale',
      { ...inputs, x: float32([1, 1], [2, 1]) },
      "Expected 'scale/x' to be float32 of shape [2], got float32 of shape [2,1].",
    ],
    [
      'a wrong type',
      'scale',
      { ...inputs, x: int32([1, 1], [2]) },
      "Expected 'scale/x' to be float32 of shape [2], got int32 of shape [2].",
    ],
    ['too few values', 'scale', { ...inputs, x: float32([1], [2]) }, "Expected 2 values for 'x' of shape [2], got 1."],
    [
      // TensorFlow would read 8 bytes where there are 2, and end the process.
      'values in an array of another type',
      'scale',
      { ...inputs, x: { dtype: 'float32', shape: [2], data: Uint8Array.of(1, 1) } },
      "Expected the float32 values of 'x' in a Float32Array, got Uint8Array.",
    ],
  ])('%s', async (_, name, given, message) => {
    const program = await open(definition);
    await expect(program.run(name, given)).rejects.toThrow(message);
    expect(dataOf(await program.run('scale', inputs))).toEqual({ y: [2, 4] });
  });

  it('unknown or misshapen state, and then writes nothing', async () => {
    const program = await open(definition);
    const good = { w: float32([5, 5], [2]) };
    await expect(program.read(['v'])).rejects.toThrow("The state has no tensor 'v'.");
    await expect(program.write({ ...good, v: good.w })).rejects.toThrow("The state has no tensor 'v'.");
    await expect(program.write({ w: float32([1], [1]) })).rejects.toThrow(
      "Expected 'w' to be float32 of shape [2], got float32 of shape [1].",
    );
    expect(dataOf(await program.read())).toEqual({ w: [1, 2] });
  });

  it('functions that give the state another shape or type, and initial values without enough of them', async () => {
    const withState = (state: () => Tensors) =>
      createProgram({
        ...definition,
        functions: { f: { inputs: {}, build: () => ({ outputs: {}, state: state() }) } },
      });
    await expect(withState(() => ({ w: tf.tensor1d([1, 2, 3]) }))).rejects.toThrow(
      "Function 'f' must give 'w' as float32 of shape [2], got float32 of shape [3].",
    );
    await expect(withState(() => ({ w: tf.tensor1d([1, 2], 'int32') }))).rejects.toThrow('got int32 of shape [2].');
    await expect(withState(() => ({ v: tf.scalar(1) }))).rejects.toThrow("The state has no tensor 'v'.");
    await expect(createProgram({ state: { w: float32([1], [2]) }, functions: {} })).rejects.toThrow(
      'Expected 2 values',
    );
  });

  it('tensors outside of the recording, and reading values inside it', async () => {
    let escaped: Tensor | undefined;
    const program = await open({
      state: {},
      functions: {
        f: {
          inputs: { x: float([2]) },
          build: (_, { x }) => {
            escaped = tf.neg(x as Tensor);
            const held = x as unknown as { dataSync(): unknown };
            expect(() => held.dataSync()).toThrow('A value cannot be read while a graph is being recorded.');
            return { outputs: { escaped } };
          },
        },
      },
    });
    expect(() => tf.add(1, 2)).toThrow('only inside a function that is being recorded');
    const later = createProgram({
      state: {},
      functions: { f: { inputs: {}, build: () => ({ outputs: { y: escaped as Tensor } }) } },
    });
    await expect(later).rejects.toThrow();
    expect(dataOf(await program.run('f', { x: float32([1, 2], [2]) }))).toEqual({ escaped: [-1, -2] });
  });
});

it('records function by function, lets others run in between, and stops when its signal aborts', async () => {
  const stop = new AbortController();
  const recorded: string[] = [];
  const function_ = (name: string) => ({
    inputs: {},
    build: () => {
      recorded.push(name);
      setImmediate(() => stop.abort('Ctrl-C'));
      return { outputs: { y: tf.scalar(1) } };
    },
  });
  const functions = { first: function_('first'), second: function_('second') };
  await expect(createProgram({ state: {}, functions, signal: stop.signal })).rejects.toBe('Ctrl-C');
  expect(recorded).toEqual(['first']);
  const program = await open({ state: {}, functions });
  expect(recorded).toEqual(['first', 'first', 'second']);
  expect(program.recordingSeconds).toBeGreaterThan(0);
});

describe("TensorFlow's errors", () => {
  it('come back as Errors with the name of the operation and leave state and program as they were', async () => {
    const op = (type: string, ...more: (() => Tensor)[]) => ({
      inputs: { x: { shape: [2], dtype: 'int32' }, n: { shape: [1], dtype: 'int32' } } as const,
      build: (state: Tensors, { x, n }: Tensors) => {
        const y = operation(type, [x as Tensor, n as Tensor, ...more.map((make) => make())]);
        return { outputs: { y }, state: { w: tf.add(get(state, 'w'), tf.sum(cast(y, 'float32'))) } };
      },
    });
    const program = await open({
      state: { w: scalar(1) },
      functions: {
        gather: op('GatherV2', () => tf.scalar(0, 'int32')),
        divide: op('FloorDiv'),
        reshape: op('Reshape'),
      },
    });
    const x = int32([6, 8], [2]);
    const failures = {
      gather: [2, 'indices'],
      divide: [0, 'division by zero'],
      reshape: [3, 'requested shape'],
    } as const;
    const nodes = { gather: 'GatherV2', divide: 'FloorDiv', reshape: 'Reshape' };
    for (const name of ['gather', 'divide', 'reshape'] as const) {
      const [bad, message] = failures[name];
      const failed = program.run(name, { x, n: int32([bad], [1]) });
      await expect(failed).rejects.toThrow(new RegExp(`could not run '${name}': .*${message}[^]*node ${nodes[name]}_`));
      await expect(failed).rejects.toBeInstanceOf(Error);
      expect(dataOf(await program.read())).toEqual({ w: [1] });
    }
    expect(dataOf(await program.run('divide', { x, n: int32([2], [1]) }))).toEqual({ y: [3, 4] });
    expect(dataOf(await program.read())).toEqual({ w: [8] });
  });

  it('come while a function is recorded, and leave nothing behind', async () => {
    const build = (make: (x: Tensor) => Tensor) =>
      open({
        state: {},
        functions: { f: { inputs: { x: float([2]) }, build: (_, { x }) => ({ outputs: { y: make(x as Tensor) } }) } },
      });
    const shape = (): Tensor => tf.tensor1d([3], 'int32');
    await expect(build((x) => operation('Reshape', [x, shape()]))).rejects.toThrow(
      /could not add Reshape 'Reshape_\d+' to the graph: Cannot reshape/,
    );
    await expect(build((x) => operation('Rellu', [x]))).rejects.toThrow('could not find the operation Rellu');
    await expect(build((x) => operation('AddV2', [x]))).rejects.toThrow('AddV2 expects 2 inputs, got 1.');
    await expect(build((x) => operation('Relu', [x, x]))).rejects.toThrow('Relu expects 1 inputs, got 2.');
    await expect(build(() => operation('ConcatV2', []))).rejects.toThrow('ConcatV2 expects at least 1 inputs, got 0.');
    await expect(build(() => tf.tensor1d(['a'] as never))).rejects.toThrow('is not supported');
    const program = await build((x) => tf.neg(x));
    expect(dataOf(await program.run('f', { x: float32([1, 2], [2]) }))).toEqual({ y: [-1, -2] });
  });

  it('say which types cannot be read', async () => {
    const program = await open({
      state: {},
      functions: {
        f: {
          inputs: { x: float([1]) },
          build: (_, { x }) => ({ outputs: { y: cast(x as Tensor, 'bfloat16') } }),
        },
      },
    });
    const run = program.run('f', { x: float32([1], [1]) });
    await expect(run).rejects.toThrow('A tensor of bfloat16 cannot be read; cast it to float32 first.');
  });
});
