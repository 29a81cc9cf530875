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

/** Images that are embedded, and what was decided about them, for people. */
export interface EmbeddedData {
  readonly data: DataConfig;
  readonly notes: readonly string[];
}

/**
 * The images that are embedded: those of the run with its selection of them, or others, of which all are taken unless
 * the command line says otherwise.
 */
export function embeddedData(data: DataConfig, assignments: readonly Assignment[]): EmbeddedData {
  if (!assignments.some(({ key }) => key === 'data.path')) return { data, notes: [] };
  const own = assignments.filter(({ key }) => key === 'data' || key.startsWith('data.'));
  const bare = bareConfig(own).data;
  const left = SELECTION.filter((key) => JSON.stringify(data[key]) !== JSON.stringify(bare[key]));
  const selection = Object.fromEntries(SELECTION.map((key) => [key, bare[key]]));
  const named = left.map((key) => `data.${key}=${JSON.stringify(data[key])}`).join(', ');
  return {
    data: { ...data, ...selection },
    notes:
      left.length === 0
        ? []
        : [
            `${formatPlural(left.length, 'setting')} of the run's own images not applied to --data: ${named}; --set applies ${left.length === 1 ? 'it' : 'them'}`,
          ],
  };
}
