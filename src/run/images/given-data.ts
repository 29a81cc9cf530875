import type { Assignment } from '../../config/assignment.ts';
import { bareConfig } from '../../config/load.ts';
import { formatPlural } from '../../util/format-count.ts';
import type { RunData } from './run-data.ts';

/** Settings that say which of a run's images are meant, and mean nothing to others. */
const SELECTION = [
  'train',
  'test',
  'classes',
  'fraction',
  'subsetPerClass',
  'labels',
  'labelField',
  'pathField',
  'exclude',
] as const;

/** Images that a finished encoder is used on, and what was decided about them, for people. */
export interface GivenData {
  readonly data: RunData;
  readonly notes: readonly string[];
}

/**
 * The images that an encoder is evaluated or used on: those of its configuration with their selection, or others that
 * the command line names, which are taken whole unless it says otherwise.
 *
 * @param owner whose configuration it is, for people.
 */
export function givenData(
  data: RunData,
  assignments: readonly Assignment[],
  owner: 'the run' | 'the configuration' = 'the run',
): GivenData {
  if (!assignments.some(({ key }) => key === 'data.path')) return { data, notes: [] };
  const own = assignments.filter(({ key }) => key === 'data' || key.startsWith('data.'));
  const bare = bareConfig(own).data;
  const left = SELECTION.filter((key) => JSON.stringify(data[key]) !== JSON.stringify(bare[key]));
  const selection = Object.fromEntries(SELECTION.map((key) => [key, bare[key]]));
  // Images that were not trained on need not be held out.
  const isAsked = assignments.some(({ key }) => key === 'evaluate' || key === 'evaluate.holdout');
  const holdout = isAsked ? data.holdout : undefined;
  const others = { ...data, ...selection, holdout };
  const named = [
    ...left.map((key) => `data.${key}=${JSON.stringify(data[key])}`),
    ...(data.holdout !== undefined && !isAsked ? [`evaluate.holdout=${data.holdout.share}`] : []),
  ];
  if (named.length === 0) return { data: others, notes: [] };
  const which = `${formatPlural(named.length, 'setting')} of ${owner}'s own images not applied to --data: ${named.join(', ')}`;
  return {
    data: others,
    notes: [`${which}; --set applies ${named.length === 1 ? 'it' : 'them'}`],
  };
}
