import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import koffi from 'koffi';
import { describe, expect, it } from 'vitest';
import { createGraph } from '../../src/runtime/graph.ts';
import { float32 } from '../../src/runtime/host-tensor.ts';
import { createProgram, type Program } from '../../src/runtime/program.ts';
import { encodeSessionConfig } from '../../src/runtime/protocol.ts';
import { createSession, type Session } from '../../src/runtime/session.ts';
import { expectedDevice, type SessionOptions, sessionSettings } from '../../src/runtime/session-settings.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';
import { UserError } from '../../src/util/errors.ts';
import { locateTensorflow } from '../../src/util/tensorflow-folder.ts';

const x = float32(new Float32Array(512 * 512).fill(1 / 512), [512, 512]);
const open = (): Promise<Program> =>
  createProgram({
    state: { x },
    functions: {
      square: {
        inputs: {},
        build: (state) => {
          const matrix = state['x'] as never;
          return { outputs: { mean: tf.mean(tf.matMul(matrix, matrix) as Tensor) } };
        },
      },
    },
    session: { device: 'cpu' },
  });

describe('a session', () => {
  it('computes on the CPU alone when told to', async () => {
    const program = await open();
    expect(program.devices.map(({ type }) => type)).toEqual(['CPU']);
    expect(program.devices[0]?.name).toContain('CPU:0');
    expect(program.devices[0]?.memoryBytes).toBeGreaterThan(0);
    program.close();
  });

  it('throws a UserError when a GPU is asked for and there is none', async (test) => {
    const graph = createGraph();
    const any = createSession(graph);
    const hasGpu = any.devices.some(({ type }) => type === 'GPU');
    any.close();
    graph.close();
    if (hasGpu) return test.skip('has a GPU');
    const asked = createProgram({ state: { x }, functions: {}, session: { device: 'gpu' } });
    const error = await asked.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({
      message: 'Expected a GPU (device: gpu), but TensorFlow sees none.',
      hint: 'Run `cl-doctor` to see what is missing, or set `device: cpu`.',
      exitCode: 2,
    });
  });

  it('closes as often as it is told, and then runs no more', async () => {
    const program = await open();
    program.close();
    program.close();
    await expect(program.run('square', {})).rejects.toThrow('The session is closed.');
    await expect(program.read()).rejects.toThrow('The session is closed.');
    await expect(program.write({ x })).rejects.toThrow('The session is closed.');
  });

  it('ends the runs under way before it closes', async () => {
    const program = await open();
    const runs = Array.from({ length: 8 }, () => program.run('square', {}));
    program.close();
    const results = await Promise.all(runs);
    for (const { mean } of results) expect(mean?.data[0]).toBeCloseTo(1 / 512, 6);
    await expect(program.run('square', {})).rejects.toThrow('The session is closed.');
  });

  it('gives the same values with one thread', async () => {
    const values: number[] = [];
    for (const threads of [1, 2]) {
      const program = await createProgram({
        state: { x },
        functions: { mean: { inputs: {}, build: (state) => ({ outputs: { y: tf.mean(state['x'] as Tensor) } }) } },
        session: { device: 'cpu', threads, deterministic: false },
      });
      values.push((await program.run('mean', {}))['y']?.data[0] ?? Number.NaN);
      program.close();
    }
    for (const value of values) expect(value).toBeCloseTo(1 / 512, 7);
  });
});

describe('expectedDevice', () => {
  it('is the device that is asked for', () => {
    expect(expectedDevice({ device: 'cpu' })).toBe('cpu');
    expect(expectedDevice({ device: 'gpu' })).toBe('gpu');
    expect(['cpu', 'gpu']).toContain(expectedDevice({}));
  });

  it('is the CPU beside a driver when the CPU build of TensorFlow is asked for', () => {
    const root = mkdtempSync(join(tmpdir(), 'driver-'));
    const driver = ['dev/dxg', 'usr/lib/wsl/lib/libcuda.so.1'].map((path) => join(root, path));
    for (const path of driver) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, '');
    }
    expect(expectedDevice({}, { CL_TENSORFLOW: 'gpu' }, root)).toBe('gpu');
    expect(expectedDevice({}, { CL_TENSORFLOW: 'cpu' }, root)).toBe('cpu');
    expect(expectedDevice({ device: 'gpu' }, { CL_TENSORFLOW: 'cpu' }, root)).toBe('gpu');
    for (const path of driver) rmSync(path);
    expect(expectedDevice({}, { CL_TENSORFLOW: 'gpu' }, root)).toBe('cpu');
    rmSync(root, { recursive: true });
  });
});

describe('a session for a GPU that TensorFlow does not see', () => {
  const open = (options: SessionOptions): Pick<Session, 'deterministic' | 'devices'> => {
    const graph = createGraph();
    const session = createSession(graph, options, 'gpu');
    session.close();
    graph.close();
    return session;
  };

  it.skipIf(expectedDevice({}) === 'gpu')('has the settings of the CPU that it computes on', () => {
    const { deterministic, devices } = open({});
    expect(devices.map(({ type }) => type)).toEqual(['CPU']);
    expect(deterministic).toBe(true);
    expect(open({ deterministic: false }).deterministic).toBe(false);
    expect(() => open({ device: 'gpu' })).toThrow('Expected a GPU (device: gpu), but TensorFlow sees none.');
  });

  it.skipIf(expectedDevice({}) === 'gpu')('is told whether float32 may be multiplied as TensorFloat-32', () => {
    const library = koffi.load(join(locateTensorflow().folder, 'libtensorflow_cc.so.2'));
    const isAllowed = library.func('_ZN3tsl33tensor_float_32_execution_enabledEv', 'bool', []);
    for (const tf32 of [false, true]) {
      open({ gpu: { tf32 } });
      expect(isAllowed()).toBe(tf32);
    }
  });
});

describe('sessionSettings', () => {
  const variables = { TF_DETERMINISTIC_OPS: '1', TF_CUDNN_DETERMINISTIC: '1', TF_CUDNN_USE_AUTOTUNE: '0' };
  const optimizerOff = { arithmeticOptimization: 2 };
  const settingsOf = (options: SessionOptions, device: 'cpu' | 'gpu') => {
    const { config, environment } = sessionSettings(options, device);
    const { rewriteOptions } = config['graphOptions'] as { rewriteOptions: object };
    return { rewriteOptions, environment };
  };

  it.each([
    ['cpu', undefined, optimizerOff, {}],
    ['cpu', true, optimizerOff, {}],
    ['cpu', false, {}, {}],
    ['gpu', undefined, {}, {}],
    ['gpu', true, optimizerOff, variables],
    ['gpu', false, {}, {}],
  ] as const)('on the %s with deterministic %s', (device, deterministic, rewriteOptions, environment) => {
    expect(settingsOf({ deterministic }, device)).toEqual({ rewriteOptions, environment });
    expect(settingsOf({ device, deterministic }, device)).toEqual({ rewriteOptions, environment });
  });

  it('has what is asked of a GPU, and hears none of it on the CPU', () => {
    const gpu = { xla: 'step', layoutOptimizer: false, memoryGrowth: false, memoryLimit: 4096, tf32: false } as const;
    const { config, tf32 } = sessionSettings({ gpu }, 'gpu');
    expect(tf32).toBe(false);
    expect(config).toMatchObject({
      deviceCount: {},
      gpuOptions: {
        allowGrowth: false,
        visibleDeviceList: '0',
        experimental: { virtualDevices: [{ memoryLimitMb: [4096] }] },
      },
      graphOptions: { optimizerOptions: { globalJitLevel: 2 }, rewriteOptions: { layoutOptimizer: 2 } },
    });
    expect(config).not.toHaveProperty('interOpParallelismThreads');
    expect(sessionSettings({ gpu }, 'cpu')).toEqual(sessionSettings({}, 'cpu'));
    expect(sessionSettings({}, 'cpu').config['deviceCount']).toEqual({ GPU: 0 });
    expect(sessionSettings({}, 'gpu')).toMatchObject({ tf32: true, config: { gpuOptions: { allowGrowth: true } } });
  });

  it.each([
    [{ deterministic: true }, '0'],
    [{ deterministic: true, gpu: { autotune: true } }, undefined],
    [{ gpu: { autotune: false } }, '0'],
    [{}, undefined],
  ] as const)('lets cuDNN choose by time unless results must be equal: %j', (options, expected) => {
    expect(sessionSettings(options, 'gpu').environment['TF_CUDNN_USE_AUTOTUNE']).toBe(expected);
  });

  it('writes the messages that TensorFlow reads', () => {
    const { config } = sessionSettings({ gpu: { memoryLimit: 4096, xla: 'step', layoutOptimizer: false } }, 'gpu');
    // Field numbers of config.proto: 6 { 4: growth, 5: "0", 9 { 1 { 1: packed float } } }, 10 { 3 { 5 }, 10 { 1 } }.
    const bytes = Buffer.from(encodeSessionConfig(config)).toString('hex');
    expect(bytes).toContain('320f20012a01304a080a060a0400008045');
    expect(bytes).toContain('52081a02280252020802');
  });

  it('leave the environment alone where nothing is asked of a GPU', () => {
    for (const name of Object.keys(variables)) expect(process.env[name]).toBeUndefined();
    const onCpu: SessionOptions[] = [{ device: 'cpu' }, { device: 'cpu', deterministic: true }];
    if (expectedDevice({}) === 'cpu') onCpu.push({ deterministic: true });
    for (const options of [{}, ...onCpu]) {
      const graph = createGraph();
      createSession(graph, options).close();
      graph.close();
    }
    for (const name of Object.keys(variables)) expect(process.env[name]).toBeUndefined();
  });
});
