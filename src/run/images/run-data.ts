import type { DataConfig, EvaluateConfig } from '../../config/run-config.ts';
import { settingPlace } from '../../config/setting-place.ts';
import type { Holdout } from '../../data/sources/holdout.ts';

/** The images of a run: which are read and how, and which of them are held out of training. */
export interface RunData extends DataConfig {
  readonly holdout?: Holdout | undefined;
}

/** The images that a configuration means. */
export function runData(config: {
  readonly seed: number;
  readonly data: DataConfig;
  readonly evaluate: EvaluateConfig;
}): RunData {
  const { seed, data, evaluate } = config;
  if (evaluate.holdout === 0) return data;
  return { ...data, holdout: { share: evaluate.holdout, seed, place: settingPlace(config, 'evaluate', 'holdout') } };
}
