import type { MethodConfig, OptimizerConfig, ScheduleConfig, ViewsConfig } from '../../../config/run-config.ts';
import type { CpuArithmetic } from '../../../util/cpu-arithmetic.ts';
import type { Steps } from '../../assembly/steps.ts';

/** The settings that are judged. */
export interface CheckedSettings {
  readonly method: MethodConfig;
  readonly optimizer: OptimizerConfig;
  readonly schedule: ScheduleConfig;
  readonly views: ViewsConfig;
  readonly precision: 'float32' | 'bfloat16' | 'float16';
}

/** What settings are judged by: themselves, and what they come to on the data. */
export interface CheckedRun {
  readonly config: CheckedSettings;
  readonly imageCount: number;
  readonly steps: Steps;
  /** How the CPU computes, where the run is expected on it. */
  readonly cpu?: CpuArithmetic | undefined;
}

/** Settings that are known to fail, each with the reason and the usual value. */
export interface SettingProblems {
  /** Such a run can't work. */
  readonly errors: readonly string[];
  /** Such a run is likely to disappoint. */
  readonly warnings: readonly string[];
}
