import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkedNetwork } from '../../../src/run/gpu-check/check-networks.ts';
import { type Check, makeCheck } from '../../../src/run/gpu-check/check-record.ts';
import { type CheckedFunction, checkedFunctions } from '../../../src/run/gpu-check/checked-functions.ts';
import { compareProcesses } from '../../../src/run/gpu-check/compare-processes.ts';
import type { Values } from '../../../src/run/gpu-check/compare-values.ts';
import { resumeCheck } from '../../../src/run/gpu-check/determinism-checks.ts';
import { deviceCheck } from '../../../src/run/gpu-check/device-check.ts';
import { functionChecks } from '../../../src/run/gpu-check/function-checks.ts';
import { growthCheck, outOfMemoryCheck } from '../../../src/run/gpu-check/memory-checks.ts';
import { memoryUse } from '../../../src/run/gpu-check/memory-use.ts';
import { courseCheck, courseError, judgeStep, stepChecks } from '../../../src/run/gpu-check/network-checks.ts';
import { type StepValues, stepAt, stepsAt } from '../../../src/run/gpu-check/network-step.ts';
import { CPU, type Place } from '../../../src/run/gpu-check/place.ts';
import { runPiece } from '../../../src/run/gpu-check/run-piece.ts';
import { ROUNDOFF } from '../../../src/run/gpu-check/tolerance.ts';
import { float32, type HostTensor } from '../../../src/runtime/host-tensor.ts';
import type { Program } from '../../../src/runtime/program.ts';
import { explainGpuFailure } from '../../../src/util/gpu/explain-gpu-failure.ts';
import { findNvidiaDriver } from '../../../src/util/nvidia-driver.ts';

type Faults = (program: Program) => Partial<Program>;

/** A CPU whose programs do some things otherwise. */
function faulty(faults: Faults): Place {
  return {
    async open(definition) {
      const program = await CPU.open(definition);
      return { ...program, ...faults(program) };
    },
  };
}

const scaled = ({ data, shape }: HostTensor, factor: number): HostTensor =>
  float32(
    Float32Array.from(data, (value) => value * factor),
    shape,
  );

/** A CPU whose functions give one output, or all, times a factor. */
function scaling(factor: number, only?: string): Place {
  return faulty((program) => ({
    run: async (name, inputs) => {
      const outputs = await program.run(name, inputs);
      return Object.fromEntries(
        Object.entries(outputs).map(([output, value]) => [
          output,
          only === undefined || only === output ? scaled(value, factor) : value,
        ]),
      );
    },
  }));
}

const size = { width: 8, size: 16, batch: 8 };
const choice = { method: 'simclr', backbone: 'vit', size } as const;
const network = checkedNetwork({ ...choice, precision: 'float32', calm: true });
const make = (check: Check | undefined) => makeCheck('piece', check as Check);

describe('functions', () => {
  const functions = checkedFunctions();
  const checksOf = (device: Place, some: readonly CheckedFunction[], arithmetic: 'float32' | 'tf32') =>
    Promise.all(functionChecks(some, { device, reference: CPU }, arithmetic).map(make));

  it('are each found to be wrong by a little', async () => {
    const wrong = await checksOf(scaling(1 + 3e-5), functions, 'float32');
    expect(wrong.filter(({ ok }) => ok).map(({ name }) => name)).toEqual([]);
    const few = functions.filter(({ name }) => /^(matrix|convolution 3|views|loss: BYOL)/.test(name));
    const wrongByMore = await checksOf(scaling(1 + 1e-2), few, 'tf32');
    expect(wrongByMore.map(({ ok }) => ok)).toEqual(few.map(() => false));
  });

  it('that fail, or give no number, are found', async () => {
    const first = functions.slice(0, 1);
    const fails = faulty(() => ({ run: () => Promise.reject(new Error('no kernel\nat some place')) }));
    const [failed] = await Promise.all(functionChecks(first, { device: fails, reference: CPU }, 'float32').map(make));
    expect(failed).toMatchObject({ ok: false, measured: 'failed: no kernel' });
    const [broken] = await Promise.all(
      functionChecks(first, { device: scaling(Number.NaN, 'y'), reference: CPU }, 'float32').map(make),
    );
    expect(broken).toMatchObject({ ok: false, measured: Number.POSITIVE_INFINITY, note: 'y' });
  });
});

describe('a step', () => {
  const steps: Partial<Record<'float32' | 'tf32' | 'bfloat16' | 'float16', { as: StepValues; moved: StepValues }>> = {};
  const kinds = ['float32', 'tf32', 'bfloat16', 'float16'] as const;
  beforeAll(async () => {
    for (const kind of kinds) steps[kind] = await stepsAt(CPU, network, ROUNDOFF[kind]);
  });

  const lengthOf = ({ data }: HostTensor): number => Math.hypot(...data);
  /** Of the parameters whose gradient is more than rounding, which biases before BatchNorm have. */
  const names = (): string[] => {
    const { gradients } = steps.float32!.as;
    const whole = Math.hypot(...Object.values(gradients).map(lengthOf));
    return Object.keys(gradients).filter((name) => lengthOf(gradients[name]!) > 1e-5 * whole);
  };
  const altered = (kind: (typeof kinds)[number], alter: (values: StepValues) => Partial<StepValues>) => {
    const { as, moved } = steps[kind] as { as: StepValues; moved: StepValues };
    return judgeStep(kind, { device: { ...as, ...alter(as) }, as, moved });
  };
  const all = (values: Values, factor: number): Values =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, scaled(value, factor)]));

  it('that is the same is fine, in every arithmetic', () => {
    for (const kind of kinds) expect(altered(kind, () => ({}))).toMatchObject({ ok: true });
  });

  it("has one parameter's gradient wrong by a hundredth, in float32", () => {
    expect(names().length).toBeGreaterThan(20);
    for (const name of names()) {
      const judged = altered('float32', ({ gradients }) => ({
        gradients: { ...gradients, [name]: scaled(gradients[name] as HostTensor, 1.01) },
      }));
      expect([name, judged.ok, judged.note?.includes(name)]).toEqual([name, false, true]);
    }
  });

  it('has a statistic wrong, or one that is missing', () => {
    const name = 'projector.1.running_var';
    const wrong = altered('float32', ({ state }) => ({ state: { ...state, [name]: scaled(state[name]!, 1.01) } }));
    expect(wrong).toMatchObject({ ok: false, note: expect.stringContaining(name) });
    const { [name]: _, ...others } = steps.float32!.as.state;
    expect(altered('float32', () => ({ state: others })).ok).toBe(false);
  });

  it.each(['tf32', 'bfloat16', 'float16'] as const)('has gradients twice as large, of noise, or none: %s', (kind) => {
    expect(altered(kind, ({ gradients }) => ({ gradients: all(gradients, 2) })).ok).toBe(false);
    expect(altered(kind, ({ gradients }) => ({ gradients: all(gradients, 0) })).ok).toBe(false);
    expect(altered(kind, ({ gradients }) => ({ gradients: all(gradients, -1) })).ok).toBe(false);
    expect(altered(kind, ({ gradients }) => ({ gradients: all(gradients, Number.NaN) })).ok).toBe(false);
    expect(altered(kind, ({ loss }) => ({ loss: all(loss, 1.1) })).ok).toBe(false);
  });

  it('may have gradients that ReLUs have changed, by so much and no more', () => {
    const { as, moved } = steps.float32 as { as: StepValues; moved: StepValues };
    const judge = (factor: number) =>
      judgeStep('float32', { device: { ...as, gradients: all(as.gradients, factor) }, as, moved }, 1e-2);
    expect([judge(1.005).ok, judge(1.02).ok]).toEqual([true, false]);
  });

  it('of a device is compared with the CPU', async () => {
    const wrong = stepChecks([choice], { device: scaling(1.001, 'loss'), reference: CPU }, 'float32').map(make);
    expect((await Promise.all(wrong))[0]).toMatchObject({ ok: false, note: expect.stringContaining('loss') });
  });

  it('in float16 is the first that does not overflow', async () => {
    const half = checkedNetwork({ ...choice, precision: 'float16' });
    const overflowing = { ...half, definition: { ...half.definition, state: { ...half.definition.state } } };
    overflowing.definition.state['lossScale.scale'] = float32([2 ** 24], []);
    const { gradients } = await stepAt(CPU, { ...overflowing });
    expect(Object.values(gradients).some(({ data }) => data.some((value) => value !== 0))).toBe(true);
  });
});

it('a course of losses that drifts, or ends, is found', async () => {
  const drifts = faulty((program) => {
    let steps = 0;
    return {
      run: async (name, inputs) => {
        const { loss, ...others } = await program.run(name, inputs);
        return { ...others, loss: scaled(loss as HostTensor, 1 + 1e-3 * steps++) };
      },
    };
  });
  expect((await make(courseCheck(network, { device: drifts, reference: CPU }, 6))).ok).toBe(false);
  expect([courseError([3, 2], [3, 2]), courseError([3, Number.NaN], [3, 2])]).toEqual([0, Number.POSITIVE_INFINITY]);
  expect([courseError([3], [3, 2]), courseError([], [])]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
});

describe('deterministic mode', () => {
  it('that forgets a tensor at resuming, or differs in another process, is found', async () => {
    const right = await make(resumeCheck(network, CPU, 4));
    expect(right).toMatchObject({ ok: true, digest: expect.stringMatching(/^[0-9a-f]{16}$/) });
    const name = 'optimizer.momentum.projector.0.weight';
    const forgets = faulty((program) => ({
      write: ({ [name]: _, ...others }) => program.write(others),
    }));
    expect(await make(resumeCheck(network, forgets, 4))).toMatchObject({ ok: false, measured: 'other bits' });
    expect(compareProcesses([right], [right])).toMatchObject([{ ok: true }]);
    expect(compareProcesses([right], [{ ...right, digest: 'another' }])).toMatchObject([{ ok: false }]);
    expect(compareProcesses([right], [])).toMatchObject([{ ok: false }]);
  });
});

describe('memory', () => {
  const growth = (place: Place, memory = memoryUse) => make(growthCheck(network, place, { steps: 24, memory }));

  it('that grows with every step is found, in the process and on the card', async () => {
    const kept: Buffer[] = [];
    const leaks = faulty((program) => ({
      run: (name, inputs) => {
        kept.push(Buffer.alloc(8 * 2 ** 20, 1));
        return program.run(name, inputs);
      },
    }));
    expect((await growth(leaks)).ok).toBe(false);
    let looks = 0;
    expect((await growth(CPU, async () => ({ host: 100, device: 1000 + 100 * looks++ }))).ok).toBe(false);
  });

  it('for a batch far too large: none of it, another message, or a broken step after it is found', async () => {
    const answers = (large: () => Promise<Record<string, HostTensor>>, factor = 1): Place =>
      faulty((program) => ({
        run: async (name, inputs) => {
          if (name === 'large') return large();
          const { loss } = await program.run(name, inputs);
          return { loss: scaled(loss as HostTensor, factor) };
        },
      }));
    const judge = (place: Place) => make(outOfMemoryCheck(network, place));
    // What TensorFlow says of a GPU reaches its caller in the tool's words.
    const recorded = readFileSync(new URL('../../fixtures/gpu/failure-oom.txt', import.meta.url), 'utf8');
    const words = new Error(`TensorFlow could not run 'large': ${recorded.replace(/^#.*\n/, '')}`);
    const explained = (await explainGpuFailure(words, async () => [])) as Error;
    expect(explained).not.toBe(words);
    for (const error of [words, explained]) {
      expect(await judge(answers(() => Promise.reject(error)))).toMatchObject({ ok: true });
    }
    const oom = () => Promise.reject(words);
    expect(await judge(answers(async () => ({})))).toMatchObject({ ok: false, measured: 'it was computed' });
    expect(await judge(answers(() => Promise.reject(new Error('CUDA error'))))).toMatchObject({ ok: false });
    expect(await judge(answers(oom, Number.NaN))).toMatchObject({ ok: false });
  });
});

it('a GPU that TensorFlow does not list is found', async () => {
  expect(await make(deviceCheck({ device: CPU, expectsGpu: false }))).toMatchObject({ ok: true });
  expect(await make(deviceCheck({ device: CPU, expectsGpu: true }))).toMatchObject({ ok: false, measured: 'CPU:0' });
});

it.skipIf(findNvidiaDriver() !== undefined)('says once that there is no GPU', async () => {
  const records = [];
  for await (const record of runPiece('values', { rehearses: false })) records.push(record);
  expect(records).toMatchObject([{ name: 'devices', ok: false, measured: expect.stringContaining('sees none') }]);
});
