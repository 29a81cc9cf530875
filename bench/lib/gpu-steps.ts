import type { GpuSettings, SessionOptions } from '../../src/runtime/session-settings.ts';

const METHODS = ['simclr', 'moco', 'mocov3', 'byol'] as const;
const PRECISIONS = ['float32', 'tf32', 'bfloat16', 'float16'] as const;
/** Who computes: this tool, PyTorch as it is, PyTorch compiled. */
export type Side = 'here' | 'eager' | 'compile';
/** Float32 is multiplied as such, or by TensorFloat-32. */
export type StepPrecision = (typeof PRECISIONS)[number];
export type StepMethod = (typeof METHODS)[number];

/** A network with the batch that it is timed on. */
export interface StepNetwork {
  readonly network: 'resnet50' | 'resnet18';
  readonly width: number;
  /** Side of the views in pixels. */
  readonly size: number;
  /** Images of two views each. */
  readonly images: number;
}

/** One step that is timed, in a process of its own. */
export interface GpuStep extends StepNetwork {
  readonly method: StepMethod;
  readonly precision: StepPrecision;
  readonly side: Side;
  /** What is otherwise than by default; '' for nothing. */
  readonly variation: string;
  readonly gpu: GpuSettings;
  readonly deterministic?: boolean | undefined;
}

/** What gpu-product.mjs is told. */
export interface ProductSettings extends StepNetwork {
  readonly method: StepMethod;
  readonly precision: 'float32' | 'bfloat16' | 'float16';
  readonly warmUp: number;
  readonly steps: number;
  readonly session: SessionOptions;
}

const REAL: readonly StepNetwork[] = [
  { network: 'resnet50', width: 64, size: 224, images: 64 },
  { network: 'resnet18', width: 64, size: 32, images: 256 },
];
/** Batches of ResNet-50 of which the largest that fits is asked for. */
const LARGER = [128, 256] as const;
const TINY: readonly StepNetwork[] = [
  { network: 'resnet50', width: 8, size: 32, images: 4 },
  { network: 'resnet18', width: 8, size: 16, images: 4 },
];

/** Each of them alone is tried on SimCLR. */
const VARIATIONS: readonly Pick<GpuStep, 'variation' | 'gpu' | 'deterministic'>[] = [
  { variation: 'xla: step', gpu: { xla: 'step' } },
  { variation: 'no layout optimizer', gpu: { layoutOptimizer: false } },
  { variation: 'no autotuning', gpu: { autotune: false } },
  { variation: 'deterministic', gpu: {}, deterministic: true },
];

/** The steps of each part of the bench. */
export interface GpuSteps {
  /** SimCLR in every precision. */
  readonly step: readonly GpuStep[];
  /** PyTorch beside it. */
  readonly peer: readonly GpuStep[];
  /** One setting otherwise, and larger batches. */
  readonly vary: readonly GpuStep[];
  /** The other methods, here and in PyTorch. */
  readonly methods: readonly GpuStep[];
}

/** Where results of a step are kept. */
export function stepKey({ network, size, images, method, precision, side, variation }: GpuStep): string {
  return [network, size, images, method, precision, side, ...(variation ? [variation] : [])].join('/');
}

function stepsOf(
  network: StepNetwork,
  method: StepMethod,
  precisions: readonly StepPrecision[],
  sides: readonly Side[],
) {
  return precisions.flatMap((precision) =>
    sides.map((side): GpuStep => ({ ...network, method, precision, side, variation: '', gpu: {} })),
  );
}

/**
 * The steps that are timed, those that tell most first. The rehearsal has tiny ones of every kind: one network, the
 * quicker one, where the other would only repeat what SimCLR has tried with both.
 */
export function gpuSteps(rehearses: boolean): GpuSteps {
  const networks = rehearses ? TINY : REAL;
  const [large] = networks as [StepNetwork];
  const repeating = rehearses ? networks.slice(1) : networks;
  const enlarged = (rehearses ? [8] : LARGER).flatMap((images) => [
    ...stepsOf({ ...large, images }, 'simclr', ['bfloat16'], ['here', 'compile']),
    ...stepsOf({ ...large, images }, 'simclr', ['tf32'], ['here']),
  ]);
  return {
    step: networks.flatMap((each) => stepsOf(each, 'simclr', ['bfloat16', 'tf32', 'float16', 'float32'], ['here'])),
    peer: networks.flatMap((each) => stepsOf(each, 'simclr', ['bfloat16', 'tf32', 'float16'], ['eager', 'compile'])),
    vary: [
      ...repeating.flatMap((each) =>
        (['bfloat16', 'tf32'] as const).flatMap((precision) =>
          VARIATIONS.map(
            (variation): GpuStep => ({ ...each, method: 'simclr', precision, side: 'here', ...variation }),
          ),
        ),
      ),
      ...enlarged,
    ],
    methods: METHODS.filter((method) => method !== 'simclr').flatMap((method) =>
      repeating.flatMap((each) => [
        ...stepsOf(each, method, ['bfloat16'], ['here', 'eager', 'compile']),
        ...stepsOf(each, method, ['tf32', 'float16', 'float32'], ['here']),
      ]),
    ),
  };
}

/** How often a step is done before it is timed, and then. */
const counts = (rehearses: boolean) => (rehearses ? { warmUp: 1, steps: 2 } : { warmUp: 10, steps: 30 });

/** What gpu-product.mjs is told of a step. */
export function productSettings(step: GpuStep, rehearses: boolean): ProductSettings {
  const { network, width, size, images, method, precision, gpu, deterministic } = step;
  const session = { gpu: { ...gpu, tf32: precision !== 'float32' }, deterministic };
  return {
    ...{ network, width, size, images, method, precision: precision === 'tf32' ? 'float32' : precision },
    ...{ ...counts(rehearses), session: { ...session, device: rehearses ? 'cpu' : 'gpu' } },
  };
}

/** The arguments of step-peer.py for a step. */
export function peerArguments(step: GpuStep, rehearses: boolean): string[] {
  const { network, width, size, images, method, precision, side } = step;
  const { warmUp, steps } = counts(rehearses);
  return [
    ...[method, String(width), String(2 * images), String(steps), precision, side],
    ...[`network=${network}`, `size=${size}`, `warmup=${warmUp}`, `device=${rehearses ? 'cpu' : 'cuda'}`],
    // The compiler of C++ would take minutes, and is not what is rehearsed.
    ...(rehearses ? ['backend=eager'] : []),
  ];
}
