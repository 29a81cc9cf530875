import { describe, expect, it } from 'vitest';
import { createOptimizer, type OptimizerOptions } from '../../src/optim/optimizer.ts';
import { fromNested, type HostTensor, type NestedNumbers } from '../../src/runtime/host-tensor.ts';
import { createProgram } from '../../src/runtime/program.ts';
import type { Tensor } from '../../src/runtime/tf.ts';
import { expectNear, readVectors } from '../support-tensors.ts';

interface Case {
  momentum: number;
  weight_decay: number;
  nesterov: boolean;
  trust_coefficient?: number;
  decayed: string[];
  excluded: string[];
  params_before: Record<string, NestedNumbers>;
  steps: {
    lr: number;
    grads: Record<string, NestedNumbers>;
    params_after: Record<string, NestedNumbers>;
    buffers_after: Record<string, NestedNumbers>;
  }[];
}

const tensors = (values: Record<string, NestedNumbers>): Record<string, HostTensor> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fromNested(value)]));

/** Runs the steps of a case with one optimizer for each group of parameters, and returns the state after every step. */
async function run(vector: Case, groups: [names: string[], options: OptimizerOptions][]) {
  const parameters = tensors(vector.params_before);
  const optimizers = groups.map(([names, options]) => ({ names, optimizer: createOptimizer(options) }));
  const slots = optimizers.map(({ names, optimizer }) =>
    optimizer.initialize(Object.fromEntries(names.map((name) => [name, parameters[name]?.shape ?? []]))),
  );
  const gradientSpecs = Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, dtype }]) => [name, { shape, dtype }]),
  );
  const program = await createProgram({
    state: Object.assign({}, parameters, ...slots),
    functions: {
      step: {
        inputs: { ...gradientSpecs, learningRate: { shape: [], dtype: 'float32' } },
        build: (state, inputs) => {
          const moved = optimizers.map(({ names, optimizer }) =>
            optimizer.update(
              Object.fromEntries(names.map((name) => [name, state[name] as Tensor])),
              inputs,
              (name) => state[name] as Tensor,
              inputs['learningRate'] as Tensor,
            ),
          );
          return { outputs: {}, state: Object.assign({}, ...moved) };
        },
      },
    },
    session: { device: 'cpu' },
  });
  const states = [];
  for (const { lr, grads } of vector.steps) {
    await program.run('step', { ...tensors(grads), learningRate: fromNested(lr) });
    states.push(await program.read());
  }
  program.close();
  return states;
}

function expectStates(states: Record<string, HostTensor>[], vector: Case): void {
  expect(states).toHaveLength(vector.steps.length);
  vector.steps.forEach((step, i) => {
    for (const [name, value] of Object.entries(step.params_after)) expectNear(states[i]?.[name], fromNested(value));
    for (const [name, value] of Object.entries(step.buffers_after)) {
      expectNear(states[i]?.[`optimizer.momentum.${name}`], fromNested(value));
    }
  });
}

describe('sgd', () => {
  it.each(readVectors<{ cases: Case[] }>('sgd').cases)(
    'equals torch.optim.SGD with momentum $momentum, decay $weight_decay, nesterov $nesterov',
    async (vector) => {
      const options = (weightDecay: number): OptimizerOptions => ({
        name: 'sgd',
        momentum: vector.momentum,
        nesterov: vector.nesterov,
        weightDecay,
        excludeBiasAndNorm: false,
      });
      const groups: [string[], OptimizerOptions][] = [
        [vector.decayed, options(vector.weight_decay)],
        [vector.excluded, options(0)],
      ];
      expectStates(await run(vector, groups), vector);
    },
  );
});

describe('lars', () => {
  it.each(readVectors<{ cases: Case[] }>('lars').cases)(
    'equals lightly with trust $trust_coefficient, nesterov $nesterov; vectors neither decayed nor adapted',
    async (vector) => {
      const options: OptimizerOptions = {
        name: 'lars',
        momentum: vector.momentum,
        nesterov: vector.nesterov,
        weightDecay: vector.weight_decay,
        excludeBiasAndNorm: true,
        trustCoefficient: vector.trust_coefficient ?? 0,
        trustForm: 'sum',
        clip: false,
      };
      expectStates(await run(vector, [[Object.keys(vector.params_before), options]]), vector);
    },
  );

  const small: Case = {
    momentum: 0,
    weight_decay: 0.5,
    nesterov: false,
    decayed: [],
    excluded: [],
    params_before: { w: [[3, 4]] },
    steps: [{ lr: 0.1, grads: { w: [[0, 2]] }, params_after: {}, buffers_after: {} }],
  };
  const moved = async (changes: { trustForm: 'sum' | 'joint'; clip: boolean; trustCoefficient: number }) => {
    const options = { ...small, name: 'lars', weightDecay: 0.5, excludeBiasAndNorm: true, ...changes } as const;
    const [state] = await run(small, [[['w'], options]]);
    return state?.['w'] as HostTensor;
  };
  // g + decay w = [1.5, 4], of norm sqrt(18.25); |w| = 5, |g| = 2.
  const expectedAt = (ratio: number): HostTensor => fromNested([[3 - 0.1 * ratio * 1.5, 4 - 0.1 * ratio * 4]]);

  it('divides by the norm of the decayed gradient in its joint form', async () => {
    const ratio = (0.02 * 5) / Math.sqrt(18.25);
    expectNear(await moved({ trustForm: 'joint', clip: false, trustCoefficient: 0.02 }), expectedAt(ratio));
  });

  it('divides by the sum of the norms in its sum form', async () => {
    expectNear(
      await moved({ trustForm: 'sum', clip: false, trustCoefficient: 0.02 }),
      expectedAt((0.02 * 5) / (2 + 2.5)),
    );
  });

  it('never moves further than SGD when clipped', async () => {
    expectNear(await moved({ trustForm: 'joint', clip: true, trustCoefficient: 10 }), expectedAt(1));
  });
});
