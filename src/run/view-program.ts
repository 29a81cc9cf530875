import type { RunConfig } from '../config/run-config.ts';
import { createProgram, type Program } from '../runtime/program.ts';
import type { Tensor } from '../runtime/tf.ts';
import { sessionOptions } from './session-options.ts';
import type { ImageLayout } from './training-program.ts';
import { groupInputs, makeGroups, type ViewGroup } from './view-groups.ts';

/**
 * A program whose function `views` makes the views of batches of `count` images and nothing else.
 *
 * @param outputsOf what is handed back of the views, float32 [count, size, size, 3] each.
 */
export function createViewProgram(
  config: RunConfig,
  { groups, count, layout }: { groups: readonly ViewGroup[]; count: number; layout: ImageLayout },
  outputsOf: (views: readonly Tensor[]) => Readonly<Record<string, Tensor>>,
): Promise<Program> {
  return createProgram({
    state: {},
    functions: {
      views: {
        inputs: groupInputs(groups, count, layout),
        build: (_, inputs) => ({ outputs: outputsOf(makeGroups(groups, inputs)) }),
      },
    },
    session: sessionOptions(config),
  });
}
