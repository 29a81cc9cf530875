import { describe, expect, it } from 'vitest';
import { createOptimizer } from '../../src/optim/optimizer.ts';
import type { LarsOptions, OptimizerOptions } from '../../src/optim/optimizer-options.ts';
import { fromNested, type HostTensor, type NestedNumbers } from '../../src/runtime/host-tensor.ts';
import { createProgram } from '../../src/runtime/program.ts';
import type { Tensor } from '../../src/runtime/tf.ts';
import { expectNear, readVectors } from '../support-tensors.ts';

type Values = Record<string, NestedNumbers>;

/** What every case has: where parameters start, and the rate and the gradients of each step. */
interface Course {
  params_before: Values;
  steps: { lr: number; grads: Values }[];
}

interface MomentumCase extends Course {
  momentum: number;
  weight_decay: number;
  nesterov: boolean;
  trust_coefficient?: number;
  decayed: string[];
  excluded: string[];
  steps: { lr: number; grads: Values; params_after: Values; buffers_after: Values }[];
}

interface AdamCase extends Course {
  optimizer: 'adam' | 'adamw';
  betas: [number, number];
  eps: number;
  weight_decay: number;
  exclude: boolean;
  steps: { lr: number; grads: Values; params_after: Values; first_after: Values; second_after: Values }[];
}

const tensors = (values: Values): Record<string, HostTensor> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fromNested(value)]));

/** Runs the steps of a case with one optimizer for each group of parameters, and returns the state after every step. */
async function run(vector: Course, groups: [names: string[], options: OptimizerOptions][]) {
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

function expectStates(states: Record<string, HostTensor>[], vector: MomentumCase): void {
  expect(states).toHaveLength(vector.steps.length);
  vector.steps.forEach((step, i) => {
    for (const [name, value] of Object.entries(step.params_after)) expectNear(states[i]?.[name], fromNested(value));
    for (const [name, value] of Object.entries(step.buffers_after)) {
      expectNear(states[i]?.[`optimizer.momentum.${name}`], fromNested(value));
    }
  });
}

describe('sgd', () => {
  it.each(readVectors<{ cases: MomentumCase[] }>('sgd').cases)(
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
  it.each(readVectors<{ cases: MomentumCase[] }>('lars').cases)(
    'equals lightly with trust $trust_coefficient, nesterov $nesterov; vectors neither decayed nor adapted',
    async (vector) => {
      const options: OptimizerOptions = {
        name: 'lars',
        momentum: vector.momentum,
        nesterov: vector.nesterov,
        weightDecay: vector.weight_decay,
        excludeBiasAndNorm: true,
        trustCoefficient: vector.trust_coefficient ?? 0,
        momentumForm: 'torch',
        trustForm: 'sum',
        clip: false,
      };
      expectStates(await run(vector, [[Object.keys(vector.params_before), options]]), vector);
    },
  );

  /** A matrix, a vector, and matrices where weight, gradient or decayed gradient is 0. */
  const course: Course = {
    params_before: { w: [[3, -4, 0.5]], bias: [1, 2], zero: [[0, 0]], still: [[1, -2]], cancels: [[2, -4]] },
    steps: [
      { lr: 0, grads: { w: [[0, 2, -1]], bias: [0.5, -1], zero: [[1, 2]], still: [[0, 0]], cancels: [[-1, 2]] } },
      { lr: 0.1, grads: { w: [[0, 2, -1]], bias: [0.5, -1], zero: [[1, 2]], still: [[0, 0]], cancels: [[-1, 2]] } },
      {
        lr: 0.03,
        grads: { w: [[1, -0.2, 3]], bias: [0.3, 0.7], zero: [[-3, 0]], still: [[0, 0]], cancels: [[-1, 2]] },
      },
    ],
  };

  /** LARS in plain loops: google/simclr's and moco-v3's (joint) or lightly's and solo-learn's (sum). */
  function slowLars(options: LarsOptions): Record<string, number[]>[] {
    const norm = (values: number[]): number => Math.hypot(...values);
    const weights = Object.fromEntries(
      Object.entries(tensors(course.params_before)).map(([name, { data }]) => [name, Array.from(data)]),
    );
    const buffers: Record<string, number[]> = {};
    return course.steps.map(({ lr, grads }) => {
      for (const [name, w] of Object.entries(weights)) {
        let g = Array.from(fromNested(grads[name] as NestedNumbers).data);
        if (name !== 'bias' || !options.excludeBiasAndNorm) {
          const decayed = g.map((value, i) => value + options.weightDecay * (w[i] as number));
          const isJoint = options.trustForm === 'joint';
          const size = isJoint ? norm(decayed) : norm(g);
          const isAdapted = norm(w) > 0 && size > 0;
          const denominator = isJoint ? size : size + options.weightDecay * norm(w);
          let ratio = isAdapted ? (options.trustCoefficient * norm(w)) / denominator : 1;
          if (options.clip && isAdapted) ratio = Math.min(ratio / lr, 1);
          g = isAdapted || isJoint ? decayed.map((value) => value * ratio) : g;
        }
        const isInside = options.momentumForm === 'google';
        const taken = isInside ? g.map((value) => lr * value) : g;
        const old = buffers[name] ?? w.map(() => 0);
        const buffer = taken.map((value, i) => options.momentum * (old[i] as number) + value);
        buffers[name] = buffer;
        const given = options.nesterov
          ? buffer.map((value, i) => (taken[i] as number) + options.momentum * value)
          : buffer;
        weights[name] = w.map((value, i) => value - (isInside ? 1 : lr) * (given[i] as number));
      }
      return { ...weights };
    });
  }

  const lars: LarsOptions = {
    name: 'lars',
    momentum: 0.9,
    nesterov: false,
    momentumForm: 'torch',
    weightDecay: 0.5,
    excludeBiasAndNorm: true,
    trustCoefficient: 0.02,
    trustForm: 'joint',
    clip: false,
  };
  const forms = (['joint', 'sum'] as const).flatMap((trustForm) =>
    [false, true].flatMap((clip) =>
      (['torch', 'google'] as const).map((momentumForm) => ({ ...lars, trustForm, clip, momentumForm })),
    ),
  );
  const variants: LarsOptions[] = [
    ...forms,
    ...forms.map((options) => ({ ...options, trustCoefficient: 10, excludeBiasAndNorm: false })),
    ...forms.map((options) => ({ ...options, nesterov: true, momentum: 0.7 })),
  ];

  it.each(variants)(
    'equals plain loops: $trustForm, trust $trustCoefficient, clip $clip, momentum $momentumForm, nesterov $nesterov',
    async (options) => {
      const states = await run(course, [[Object.keys(course.params_before), options]]);
      slowLars(options).forEach((wanted, step) => {
        for (const [name, values] of Object.entries(wanted)) {
          const got = states[step]?.[name] as HostTensor;
          expectNear(got, { ...got, data: Float32Array.from(values) });
        }
      });
    },
  );

  const small: Course = {
    params_before: { w: [[3, 4]], bias: [2] },
    steps: [{ lr: 0.1, grads: { w: [[0, 2]], bias: [5] } }],
  };
  const moved = async (changes: Partial<LarsOptions>) => {
    const options = { ...lars, momentum: 0, ...changes } as const;
    const [state] = await run(small, [[['w', 'bias'], options]]);
    return state as Record<string, HostTensor>;
  };
  // g + decay w = [1.5, 4], of norm sqrt(18.25); |w| = 5, |g| = 2.
  const expectedAt = (ratio: number): HostTensor => fromNested([[3 - 0.1 * ratio * 1.5, 4 - 0.1 * ratio * 4]]);

  it('divides by the norm of the decayed gradient in its joint form', async () => {
    expectNear((await moved({ trustForm: 'joint' }))['w'], expectedAt((0.02 * 5) / Math.sqrt(18.25)));
  });

  it('divides by the sum of the norms in its sum form', async () => {
    expectNear((await moved({ trustForm: 'sum' }))['w'], expectedAt((0.02 * 5) / (2 + 2.5)));
  });

  it('never moves further than SGD when clipped', async () => {
    expectNear((await moved({ clip: true, trustCoefficient: 10 }))['w'], expectedAt(1));
  });

  it('gives excluded vectors neither decay nor ratio', async () => {
    expectNear((await moved({}))['bias'], fromNested([2 - 0.1 * 5]));
    const ratio = (0.02 * 2) / (5 + 0.5 * 2);
    expectNear((await moved({ excludeBiasAndNorm: false }))['bias'], fromNested([2 - 0.1 * ratio * 6]));
  });
});

describe('adam and adamw', () => {
  it.each(readVectors<{ cases: AdamCase[] }>('adam').cases)(
    'equals torch: $optimizer, betas $betas, epsilon $eps, decay $weight_decay, vectors excluded $exclude',
    async (vector) => {
      const options: OptimizerOptions = {
        name: vector.optimizer,
        betas: vector.betas,
        epsilon: vector.eps,
        weightDecay: vector.weight_decay,
        excludeBiasAndNorm: vector.exclude,
      };
      const states = await run(vector, [[Object.keys(vector.params_before), options]]);
      vector.steps.forEach(({ params_after, first_after, second_after }, i) => {
        const after = { params_after, first_after, second_after };
        for (const name of Object.keys(vector.params_before)) {
          expectNear(states[i]?.[name], fromNested(after.params_after[name] as NestedNumbers));
          expectNear(states[i]?.[`optimizer.firstMoment.${name}`], fromNested(first_after[name] as NestedNumbers));
          expectNear(states[i]?.[`optimizer.secondMoment.${name}`], fromNested(second_after[name] as NestedNumbers));
        }
        expect(states[i]?.['optimizer.updates']).toEqual({ dtype: 'float32', shape: [], data: Float32Array.of(i + 1) });
      });
    },
  );

  const first: Course = {
    params_before: { w: [[1, 1, 1, 1]] },
    steps: [{ lr: 0.25, grads: { w: [[3, -0.001, 200, 0]] } }],
  };
  const moved = async (changes: Partial<OptimizerOptions>) => {
    const options = { betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0, excludeBiasAndNorm: false, ...changes };
    const [state] = await run(first, [[['w'], options as OptimizerOptions]]);
    return state?.['w'];
  };

  it('step by the learning rate first, whatever the size of the gradient', async () => {
    for (const name of ['adam', 'adamw'] as const)
      expectNear(await moved({ name }), fromNested([[0.75, 1.25, 0.75, 1]]));
  });

  it('correct both means for their start at 0 to more digits than 1 - 0.999 has in float32', async () => {
    const options = {
      name: 'adam',
      betas: [0.9, 0.999],
      epsilon: 1e-8,
      weightDecay: 0,
      excludeBiasAndNorm: false,
    } as const;
    const steps = [1, 2, 3].map(() => ({ lr: 1, grads: { w: [[0.5]] } }));
    const states = await run({ params_before: { w: [[0]] }, steps }, [[['w'], options]]);
    states.forEach((state, i) => {
      expectNear(state['w'], fromNested([[-1 - i]]), 1e-6);
    });
  });

  it('decay by the gradient or beside it', async () => {
    expectNear(await moved({ name: 'adam', weightDecay: 0.1 }), fromNested([[0.75, 0.75, 0.75, 0.75]]));
    const shrunk = 1 - 0.25 * 0.1;
    const wanted = [shrunk - 0.25, shrunk + 0.25, shrunk - 0.25, shrunk];
    expectNear(await moved({ name: 'adamw', weightDecay: 0.1 }), fromNested([wanted]));
  });
});

describe('initialize', () => {
  const shapes = { a: [2, 3], 'b.bias': [4] };
  const shared = { weightDecay: 0, excludeBiasAndNorm: true };
  const stateOf = (options: OptimizerOptions) =>
    Object.entries(createOptimizer(options).initialize(shapes)).map(([name, { shape }]) => `${name} [${shape}]`);

  it('names slots by parameter, and counts updates only for those that need it', () => {
    expect(stateOf({ ...shared, name: 'sgd', momentum: 0.9, nesterov: false })).toEqual([
      'optimizer.momentum.a [2,3]',
      'optimizer.momentum.b.bias [4]',
    ]);
    expect(stateOf({ ...shared, name: 'sgd', momentum: 0, nesterov: false })).toEqual([]);
    expect(stateOf({ ...shared, name: 'adamw', betas: [0.9, 0.999], epsilon: 1e-8 })).toEqual([
      'optimizer.firstMoment.a [2,3]',
      'optimizer.secondMoment.a [2,3]',
      'optimizer.firstMoment.b.bias [4]',
      'optimizer.secondMoment.b.bias [4]',
      'optimizer.updates []',
    ]);
  });

  it('finds state by name: the order of the parameters does not matter', async () => {
    const gradients = { a: [[1, 2]], b: [[30, 40]] };
    const steps = [0.1, 0.2].map((lr) => ({ lr, grads: gradients }));
    const options: OptimizerOptions = { ...shared, name: 'adam', betas: [0.5, 0.9], epsilon: 1e-3 };
    const ordered = (names: string[]) =>
      run({ params_before: Object.fromEntries(names.map((name) => [name, [[1, 1]]])), steps }, [[names, options]]);
    const [one, other] = [(await ordered(['a', 'b']))[1], (await ordered(['b', 'a']))[1]];
    expect(Object.keys(one ?? {}).length).toBe(7);
    for (const name of Object.keys(one ?? {})) expect(one?.[name]).toEqual(other?.[name]);
  });
});
