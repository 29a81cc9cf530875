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

const OFF = 2;

/**
 * What TensorFlow is told before a session opens: its configuration (ConfigProto), and variables of the environment.
 */
export interface SessionSettings {
  readonly deterministic: boolean;
  readonly config: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string>>;
}

/** The settings of a session that is expected to compute on that device; `deterministic` is resolved here alone. */
export function sessionSettings(options: SessionOptions, device: DeviceKind): SessionSettings {
  const threads = options.threads ?? os.availableParallelism();
  const deterministic = options.deterministic ?? device === 'cpu';
  return {
    deterministic,
    config: {
      deviceCount: options.device === 'cpu' ? { GPU: 0 } : {},
      intraOpParallelismThreads: threads,
      interOpParallelismThreads: Math.min(threads, 2),
      allowSoftPlacement: true,
      gpuOptions: { allowGrowth: true },
      graphOptions: {
        // The arithmetic optimizer rewrites in an order that differs from process to process (design: measured).
        rewriteOptions: deterministic ? { arithmeticOptimization: OFF } : {},
      },
    },
    environment: device === 'gpu' && deterministic ? { TF_DETERMINISTIC_OPS: '1', TF_CUDNN_DETERMINISTIC: '1' } : {},
  };
}
