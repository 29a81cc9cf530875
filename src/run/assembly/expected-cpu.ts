import { expectedDevice, type SessionOptions } from '../../runtime/session-settings.ts';
import { type CpuArithmetic, cpuArithmetic } from '../../util/cpu-arithmetic.ts';

/** How the CPU computes, where it is the device that a session is expected on. */
export function expectedCpu(session: SessionOptions): CpuArithmetic | undefined {
  return expectedDevice(session) === 'cpu' ? cpuArithmetic() : undefined;
}
