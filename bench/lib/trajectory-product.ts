import {
  createBackbone,
  createMethod,
  createOptimizer,
  createProgram,
  emaDecaySchedule,
  float32,
  type HostTensor,
  initialStepState,
  initialValues,
  learningRateSchedule,
  randomStream,
  type Tensor,
  trainStep,
} from '../../src/index.ts';
import type { Method } from '../../src/methods/method.ts';
import { type Case, NETWORK } from './trajectory-cases.ts';
import { viewsOfStep } from './trajectory-views.ts';

type State = Readonly<Record<string, HostTensor>>;

/** A run that both sides begin alike: what the method starts from and draws, and where the tool came to. */
export interface OwnRun {
  /** The method's variables before the first step. */
  readonly initial: State;
  /** The method's random inputs of every step, by name. */
  readonly inputs: readonly State[];
  readonly losses: readonly number[];
  /** The method's variables after the last step. */
  readonly final: State;
}

function networkOf({ method }: Pick<Case, 'method'>): Method {
  const { width } = NETWORK;
  // Blocks that start as the identity: rounding then grows slowly enough to tell it from a mistake.
  const backbone = createBackbone('resnet18', { stem: 'cifar', width, zeroInitResidual: true, init: 'he-fan-out' });
  return createMethod(method, { backbone, precision: 'float32' });
}

/** Trains a case with this tool on the views that `makeStepViews` made. */
export async function runProduct(each: Case, views: HostTensor, steps: number): Promise<OwnRun> {
  const { batch, size, warmupSteps } = NETWORK;
  const method = networkOf(each);
  const parts = { method, optimizer: createOptimizer(each.optimizer) };
  const initial = initialValues(method.variables, 0);
  const specs = Object.entries(method.inputs?.(batch) ?? {});
  const inputs = Array.from({ length: steps }, (_, step) =>
    Object.fromEntries(specs.map(([name, { draw }]) => [name, draw(randomStream(1, step))])),
  );
  const scalar = { shape: [], dtype: 'float32' } as const;
  const view = { shape: [batch, size, size, 3], dtype: 'float32' } as const;
  const program = await createProgram({
    state: { ...initial, ...initialStepState(parts, batch) },
    functions: {
      train: {
        inputs: {
          ...{ first: view, second: view, learningRate: scalar, emaStep: scalar },
          ...Object.fromEntries(specs.map(([name, { spec }]) => [name, spec])),
        },
        build: (state, fed) => {
          const { first, second, learningRate, emaStep } = fed as Record<string, Tensor>;
          const scalars = { learningRate: learningRate!, emaStep: emaStep! };
          return trainStep(parts, state, { views: [first!, second!], inputs: fed }, scalars);
        },
      },
    },
    session: { device: 'cpu' },
  });
  const rateAt = learningRateSchedule({
    ...{ peak: each.learningRate, stepsPerEpoch: steps, totalSteps: steps, warmupSteps },
    ...{ every: 'step', decay: { name: 'cosine', end: 0 } },
  });
  const { start, end = start } = method.emaDecay ?? { start: 1 };
  const decayAt = emaDecaySchedule({ start, end, totalSteps: steps });
  const losses: number[] = [];
  try {
    for (let step = 0; step < steps; step++) {
      const [first, second] = viewsOfStep(views, step, steps);
      const scalars = {
        learningRate: float32([rateAt(step)], []),
        emaStep: float32([1 - decayAt(step)], []),
      };
      const { loss } = await program.run('train', { first, second, ...inputs[step], ...scalars });
      losses.push(loss?.data[0] ?? Number.NaN);
    }
    return { initial, inputs, losses, final: await program.read(Object.keys(initial)) };
  } finally {
    program.close();
  }
}
