import type { Assignment } from '../../config/assignment.ts';
import { bareConfig } from '../../config/load.ts';
import type { DataConfig } from '../../config/run-config.ts';
import { formatPlural } from '../../util/format-count.ts';

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
  readonly data: DataConfig;
  readonly notes: readonly string[];
}

/**
 * The images that an encoder is evaluated or used on: those of its configuration with their selection, or others that
 * the command line names, which are taken whole unless it says otherwise.
 *
 * @param owner whose configuration it is, for people.
 */
export function givenData(
  data: DataConfig,
  assignments: readonly Assignment[],
  owner: 'the run' | 'the configuration' = 'the run',
): GivenData {
  if (!assignments.some(({ key }) => key === 'data.path')) return { data, notes: [] };
  const own = assignments.filter(({ key }) => key === 'data' || key.startsWith('data.'));
  const bare = bareConfig(own).data;
  const left = SELECTION.filter((key) => JSON.stringify(data[key]) !== JSON.stringify(bare[key]));
  const selection = Object.fromEntries(SELECTION.map((key) => [key, bare[key]]));
  if (left.length === 0) return { data: { ...data, ...selection }, notes: [] };
  const named = left.map((key) => `data.${key}=${JSON.stringify(data[key])}`).join(', ');
  const which = `${formatPlural(left.length, 'setting')} of ${owner}'s own images not applied to --data: ${named}`;
  return {
    data: { ...data, ...selection },
    notes: [`${which}; --set applies ${left.length === 1 ? 'it' : 'them'}`],
  };
}
