import os from 'node:os';
import { findNvidiaDriver } from '../util/nvidia-driver.ts';
import { tensorflowChoice } from '../util/tensorflow-folder.ts';

export type DeviceKind = 'cpu' | 'gpu';

export interface SessionOptions {
  /** `auto` takes the first GPU when TensorFlow sees one. */
  readonly device?: 'auto' | DeviceKind | undefined;
  /** Threads inside one operation; default: all cores. */
  readonly threads?: number | undefined;
  /** Bit-identical results from run to run on one machine; default: on the CPU, where it costs nothing. */
  readonly deterministic?: boolean | undefined;
  /** How a GPU computes; on the CPU none of it is heard. */
  readonly gpu?: GpuSettings | undefined;
  /**
   * The device whose form of operations is recorded; default: the one that will compute. A graph for GPUs computes on
   * the CPU too, slower, which is how it is tested where there is none.
   */
  readonly graphFor?: DeviceKind | undefined;
}

/** What XLA compiles on a GPU: nothing, the views, or all that it can of every function. */
export type GpuCompilation = 'off' | 'views' | 'step';

/** How a GPU computes. Defaults are chosen by reason (docs/gpu.md), and wait for measurements. */
export interface GpuSettings {
  /** TensorFloat-32 in products and convolutions of float32: faster, with 10 bits of mantissa; default on. */
  readonly tf32?: boolean | undefined;
  /** Default: off. */
  readonly xla?: GpuCompilation | undefined;
  /** Whether TensorFlow may reorder NHWC as NCHW where it deems that faster; default on. */
  readonly layoutOptimizer?: boolean | undefined;
  /** Take memory of the card as it is needed, not all of it at once; default on. */
  readonly memoryGrowth?: boolean | undefined;
  /** The most memory of the card that is taken, in MiB; default: all. */
  readonly memoryLimit?: number | undefined;
  /** Copy the next batch to the card while a step runs; default on. */
  readonly stageBatches?: boolean | undefined;
  /** Have cuDNN time its algorithms and take the fastest; default on, but not where results must be bit-identical. */
  readonly autotune?: boolean | undefined;
}

/** The device that a session will compute on, as far as can be told before it is opened. */
export function expectedDevice(
  { device = 'auto' }: SessionOptions,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  root = '/',
): DeviceKind {
  if (device !== 'auto') return device;
  const choice = tensorflowChoice(environment);
  const isCpuBuild = choice.kind === 'fetched' && choice.variant === 'cpu' && choice.forced;
  return isCpuBuild || findNvidiaDriver(environment, root) === undefined ? 'cpu' : 'gpu';
}

/** The device that a session's graph is recorded for. */
export function graphTarget(options: SessionOptions): DeviceKind {
  return options.graphFor ?? expectedDevice(options);
}

/** Whether batches are copied to the device while the step before them runs. */
export function stagesBatches(options: SessionOptions): boolean {
  return graphTarget(options) === 'gpu' && (options.gpu?.stageBatches ?? true);
}

/** Values of RewriterConfig.Toggle and of OptimizerOptions.GlobalJitLevel. */
const [OFF, ALL_OF_GRAPH] = [2, 2];

/**
 * What TensorFlow is told before a session opens: its configuration (ConfigProto), variables of the environment, and
 * whether float32 may be multiplied as TensorFloat-32 (undefined on the CPU, which does not know it).
 */
export interface SessionSettings {
  readonly deterministic: boolean;
  readonly config: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly tf32?: boolean | undefined;
}

/** The settings of a session that is expected to compute on that device; `deterministic` is resolved here alone. */
export function sessionSettings(options: SessionOptions, device: DeviceKind): SessionSettings {
  const threads = options.threads ?? os.availableParallelism();
  const deterministic = options.deterministic ?? device === 'cpu';
  const { layoutOptimizer = true, xla = 'off', tf32 = true, ...gpu } = options.gpu ?? {};
  const onGpu = device === 'gpu';
  return {
    deterministic,
    config: {
      // A graph that was recorded for the CPU stays there.
      deviceCount: onGpu ? {} : { GPU: 0 },
      intraOpParallelismThreads: threads,
      // On a GPU they only start its operations: as many as TensorFlow likes.
      ...(!onGpu && { interOpParallelismThreads: Math.min(threads, 2) }),
      allowSoftPlacement: true,
      ...(onGpu && { gpuOptions: gpuOptions(gpu) }),
      graphOptions: {
        ...(onGpu && xla === 'step' && { optimizerOptions: { globalJitLevel: ALL_OF_GRAPH } }),
        rewriteOptions: {
          // The arithmetic optimizer rewrites in an order that differs from process to process (design: measured).
          ...(deterministic && { arithmeticOptimization: OFF }),
          ...(onGpu && !layoutOptimizer && { layoutOptimizer: OFF }),
        },
      },
    },
    environment: onGpu ? gpuEnvironment(gpu, deterministic) : {},
    ...(onGpu && { tf32 }),
  };
}

function gpuOptions({ memoryGrowth = true, memoryLimit }: GpuSettings): Record<string, unknown> {
  return {
    allowGrowth: memoryGrowth,
    // Otherwise TensorFlow takes memory of every card, and computes on the first.
    visibleDeviceList: '0',
    ...(memoryLimit !== undefined && { experimental: { virtualDevices: [{ memoryLimitMb: [memoryLimit] }] } }),
  };
}

/**
 * Variables that TensorFlow reads once, when a GPU first computes. The algorithm that is fastest differs from process
 * to process, and with it the order of sums.
 */
function gpuEnvironment({ autotune }: GpuSettings, deterministic: boolean): Record<string, string> {
  return {
    ...(deterministic && { TF_DETERMINISTIC_OPS: '1', TF_CUDNN_DETERMINISTIC: '1' }),
    ...((autotune ?? !deterministic) ? {} : { TF_CUDNN_USE_AUTOTUNE: '0' }),
  };
}
