import os from 'node:os';
import type { RunEnvironment } from '../../report/run-summary.ts';
import { tensorflowVersion } from '../../runtime/c-api.ts';
import type { Device } from '../../runtime/session.ts';
import type { SessionOptions } from '../../runtime/session-settings.ts';
import { cpuArithmetic } from '../../util/cpu-arithmetic.ts';
import { formatPlural } from '../../util/format-count.ts';
import { installedVersions } from '../../util/package-info.ts';
import { locateTensorflow } from '../../util/tensorflow-folder.ts';
import { checkLibraries } from '../../util/tensorflow-library.ts';
import { checkDevice } from './check-device.ts';

/**
 * Checks what can be known of TensorFlow and the device before anything is decoded or written, without loading it.
 *
 * Throws a UserError when TensorFlow is missing or visibly damaged, and (exit 2) when a GPU is asked for and there is
 * no driver of one.
 */
export function checkEnvironment(device: SessionOptions['device']): void {
  checkLibraries(locateTensorflow());
  checkDevice(device);
}

/** The device that a program computes on, in words. */
export function describeDevice(devices: readonly Device[]): string {
  const gpu = devices.find(({ type }) => type === 'GPU');
  if (gpu) return `GPU (${gpu.name.split('/').at(-1)})`;
  return `CPU (${formatPlural(os.availableParallelism(), 'core')})`;
}

/** The machine and software of this process, for reports. */
export function runEnvironment(device: string, precision: string): RunEnvironment {
  const { instructionSets, oneDnn, limit } = cpuArithmetic();
  return {
    node: process.version,
    tensorflow: tensorflowVersion(),
    platform: `${process.platform}-${process.arch}`,
    device,
    precision,
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    instructionSets,
    oneDnn,
    oneDnnLimit: limit,
    memoryBytes: os.totalmem(),
    versions: installedVersions(['@tensorflow/tfjs-node-gpu', 'koffi', 'sharp']),
  };
}
