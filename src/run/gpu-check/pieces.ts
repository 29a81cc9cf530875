import type { GpuSettings } from '../../runtime/session-settings.ts';
import {
  BACKBONES,
  type CheckedBackbone,
  type CheckedNetwork,
  checkedNetwork,
  METHODS,
  type MethodName,
  type NetworkChoice,
  type NetworkSize,
} from './check-networks.ts';
import type { Check } from './check-record.ts';
import { checkedFunctions } from './checked-functions.ts';
import { resumeCheck } from './determinism-checks.ts';
import { deviceCheck } from './device-check.ts';
import { functionChecks } from './function-checks.ts';
import { growthCheck, type MemoryUse, outOfMemoryCheck } from './memory-checks.ts';
import { courseCheck, stepChecks } from './network-checks.ts';
import type { PieceName } from './piece-names.ts';
import type { Place } from './place.ts';

/** Where a piece is computed, and how much of it. */
export interface PieceContext {
  readonly device: Place;
  readonly reference: Place;
  /** Whether the device is to be a GPU. */
  readonly expectsGpu: boolean;
  readonly scale: Scale;
  readonly memory: () => Promise<MemoryUse>;
}

/** Methods by the backbone that they train. */
type Trained = Readonly<Record<CheckedBackbone, readonly MethodName[]>>;

/** How much is computed. */
export interface Scale {
  readonly network: NetworkSize;
  /** A smaller network, for many steps, and its backbone. */
  readonly course: NetworkSize;
  readonly courseBackbone: CheckedBackbone;
  readonly courseSteps: number;
  readonly memorySteps: number;
  /** Which methods train which backbone in float32. */
  readonly all: Trained;
  /** The same in other arithmetic. */
  readonly few: Trained;
}

const ALL_METHODS = Object.keys(METHODS) as MethodName[];

/** On a GPU: the work of a small run. In the rehearsal: as little as goes through all of the code. */
export const SCALES = {
  gpu: {
    network: { width: 64, size: 32, batch: 64 },
    course: { width: 16, size: 32, batch: 64 },
    courseBackbone: 'resnet18',
    courseSteps: 50,
    memorySteps: 200,
    all: { resnet18: ALL_METHODS, vit: ALL_METHODS },
    few: { resnet18: ['simclr'], vit: ['mocov3'] },
  },
  rehearsal: {
    network: { width: 8, size: 16, batch: 16 },
    course: { width: 8, size: 16, batch: 16 },
    courseBackbone: 'vit',
    courseSteps: 8,
    memorySteps: 40,
    all: { resnet18: ['simclr'], vit: ['moco', 'mocov3', 'byol'] },
    few: { resnet18: [], vit: ['mocov3'] },
  },
} as const satisfies Record<string, Scale>;

/** A part of the check that a process of its own makes: TensorFlow takes some settings once a process. */
export interface Piece {
  readonly gpu: GpuSettings;
  readonly deterministic: boolean;
  readonly checks: (context: PieceContext) => readonly Check[];
}

function choicesOf(trained: Trained, size: NetworkSize): Omit<NetworkChoice, 'precision'>[] {
  return BACKBONES.flatMap((backbone) => trained[backbone].map((method) => ({ method, backbone, size })));
}

function smallNetwork({ course: size, courseBackbone: backbone }: Scale): CheckedNetwork {
  return checkedNetwork({ method: 'simclr', backbone, precision: 'float32', size, calm: true });
}

/** What each piece does; {@link PieceName} says what it shows. */
export const PIECES: Readonly<Record<PieceName, Piece>> = {
  values: {
    gpu: { tf32: false },
    deterministic: false,
    checks: (context) => [
      deviceCheck(context),
      ...functionChecks(checkedFunctions(), context, 'float32'),
      ...stepChecks(choicesOf(context.scale.all, context.scale.network), context, 'float32'),
      courseCheck(smallNetwork(context.scale), context, context.scale.courseSteps),
    ],
  },
  tf32: {
    gpu: { tf32: true },
    deterministic: false,
    checks: (context) => [
      ...functionChecks(checkedFunctions(), context, 'tf32'),
      ...stepChecks(choicesOf(context.scale.few, context.scale.network), context, 'tf32'),
    ],
  },
  half: {
    gpu: {},
    deterministic: false,
    checks: (context) => [
      ...stepChecks(choicesOf(context.scale.few, context.scale.network), context, 'bfloat16'),
      ...stepChecks(choicesOf(context.scale.few, context.scale.network), context, 'float16'),
    ],
  },
  deterministic: {
    gpu: {},
    deterministic: true,
    checks: ({ device, scale }) => [
      resumeCheck(smallNetwork(scale), device, 8),
      ...choicesOf(scale.few, scale.course).map((choice) =>
        resumeCheck(checkedNetwork({ ...choice, precision: 'bfloat16' }), device, 8),
      ),
    ],
  },
  memory: {
    gpu: {},
    deterministic: false,
    checks: ({ device, scale, memory }) => [
      growthCheck(smallNetwork(scale), device, { steps: scale.memorySteps, memory }),
      outOfMemoryCheck(smallNetwork(scale), device),
    ],
  },
};
