import type { RunConfig } from '../../src/config/run-config.ts';
import { buildParts, type ResolvedRun, resolveRun } from '../../src/run/assembly/resolve-run.ts';
import { planSteps } from '../../src/run/assembly/steps.ts';
import { type RunImages, trainingCount } from '../../src/run/images/run-images.ts';

/** A configuration resolved on images, as pretraining does it. */
export function resolveOn(config: RunConfig, images: RunImages): ResolvedRun {
  return resolveRun(config, buildParts(config), images, planSteps(trainingCount(images), config));
}
