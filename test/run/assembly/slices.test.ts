import { expectTypeOf, test } from 'vitest';
import type { RunConfig } from '../../../src/config/run-config.ts';
import type { EvaluationParts, ResolvedRun } from '../../../src/run/assembly/resolve-run.ts';
import type { evaluateWithFloors } from '../../../src/run/evaluation/evaluate-encoder.ts';
import type { labelledFeatures } from '../../../src/run/evaluation/features-of-split.ts';
import type { ImageSet, openImages, RunImages } from '../../../src/run/images/run-images.ts';
import type { writeRunSheet } from '../../../src/run/preview/run-sheet.ts';
import type { trainRun } from '../../../src/run/training/train-run.ts';
import type { createTrainingBatches } from '../../../src/run/training/training-batches.ts';
import type { createTrainingProgram } from '../../../src/run/training/training-program.ts';
import type { EvaluationView } from '../../../src/run/views/evaluation-view.ts';
import type { groupInputs } from '../../../src/run/views/view-groups.ts';
import type { createViewLoader } from '../../../src/run/views/view-loader.ts';

// `npm run check` fails where one of these does not hold: they are types alone.

type First<Call extends (...arguments_: never[]) => unknown> = Parameters<Call>[0];

test('a resolved run serves all that takes a slice of it', () => {
  expectTypeOf<ResolvedRun>().toExtend<First<typeof createTrainingProgram>>();
  expectTypeOf<ResolvedRun>().toExtend<First<typeof createTrainingBatches>>();
  expectTypeOf<ResolvedRun['evaluation']>().toExtend<First<typeof evaluateWithFloors>>();
  expectTypeOf<ResolvedRun['views']>().toExtend<First<typeof groupInputs>>();
  expectTypeOf<RunConfig['data']>().toExtend<First<typeof openImages>>();
});

test('a configuration is no slice of a run', () => {
  expectTypeOf<RunConfig>().not.toExtend<First<typeof createTrainingProgram>>();
  expectTypeOf<RunConfig>().not.toExtend<First<typeof createTrainingBatches>>();
  expectTypeOf<RunConfig>().not.toExtend<First<typeof evaluateWithFloors>>();
  expectTypeOf<RunConfig>().not.toExtend<First<typeof trainRun>>();
  expectTypeOf<RunConfig>().not.toExtend<First<typeof openImages>>();
});

test('one slice is not taken for another', () => {
  // The evaluation's view for training's views, and the other way round.
  expectTypeOf<EvaluationView>().not.toExtend<First<typeof groupInputs>>();
  expectTypeOf<ResolvedRun['views']>().not.toExtend<EvaluationView>();
  // A whole run where only its evaluation is meant.
  expectTypeOf<ResolvedRun>().not.toExtend<EvaluationParts>();
  // All images where one split is meant, and the other way round.
  expectTypeOf<RunImages>().not.toExtend<First<typeof labelledFeatures>>();
  expectTypeOf<ImageSet>().not.toExtend<RunImages>();
  expectTypeOf<ResolvedRun>().not.toExtend<First<typeof createViewLoader>>();
  expectTypeOf<ResolvedRun>().not.toExtend<First<typeof writeRunSheet>>();
});
