import { createProgram, type Program } from '../../runtime/program.ts';
import type { SessionOptions } from '../../runtime/session-settings.ts';
import type { Tensor } from '../../runtime/tf.ts';
import { groupInputs, makeGroups, type TrainingViews } from './view-groups.ts';

/**
 * A program whose function `views` makes the views of batches of `count` images and nothing else.
 *
 * @param outputsOf what is handed back of the views, float32 [count, size, size, 3] each.
 */
export function createViewProgram(
  views: TrainingViews,
  { count, session }: { readonly count: number; readonly session: SessionOptions },
  outputsOf: (views: readonly Tensor[]) => Readonly<Record<string, Tensor>>,
): Promise<Program> {
  return createProgram({
    state: {},
    functions: {
      views: {
        inputs: groupInputs(views, count),
        build: (_, inputs) => ({ outputs: outputsOf(makeGroups(views, inputs)) }),
      },
    },
    session,
  });
}
