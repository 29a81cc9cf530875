import os from 'node:os';
import type { RunEnvironment } from '../report/run-summary.ts';
import { tensorflowVersion } from '../runtime/c-api.ts';
import type { Device } from '../runtime/session.ts';
import { installedVersions } from '../util/package-info.ts';

/** The device that a program computes on, in words. */
export function describeDevice(devices: readonly Device[]): string {
  const gpu = devices.find(({ type }) => type === 'GPU');
  if (gpu) return `GPU (${gpu.name.split('/').at(-1)})`;
  return `CPU (${os.availableParallelism()} cores)`;
}

/** The machine and software of this process, for reports. */
export function runEnvironment(device: string, precision: string): RunEnvironment {
  return {
    node: process.version,
    tensorflow: tensorflowVersion(),
    platform: `${process.platform}-${process.arch}`,
    device,
    precision,
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    versions: installedVersions(['@tensorflow/tfjs-node-gpu', 'koffi', 'sharp']),
  };
}
