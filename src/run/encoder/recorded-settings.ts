import type { Assignment } from '../../config/assignment.ts';
import { viewSizeOf } from '../../interop/weights/fixed-positions.ts';
import { guessBackbone } from '../../interop/weights/guess-backbone.ts';
import type { WeightsFile } from '../../interop/weights/read-weights.ts';
import type { Lineage } from '../../train/events.ts';
import { UserError } from '../../util/errors.ts';
import { parseLineage } from './parse-lineage.ts';

/** The settings of a backbone and its views, as a file of weights gives them. */
export interface RecordedSettings {
  /** Of whole sections (`backbone`, `views`) first, then of single settings. */
  readonly assignments: readonly Assignment[];
  /** Completed epochs behind the weights, where the file says so. */
  readonly epoch: number | undefined;
  /** What their own run had started from, where the file says so. */
  readonly lineage?: Lineage | undefined;
  /** What was guessed, for people. */
  readonly notes: readonly string[];
}

const SECTIONS = ['backbone', 'views'] as const;

type Fields = Readonly<Record<string, unknown>>;

/** JSON of a file's metadata, which must be a mapping. */
function fieldsOf({ path, metadata }: WeightsFile, key: 'progress' | 'encoder'): Fields {
  let value: unknown;
  try {
    value = JSON.parse(metadata[key] ?? '');
  } catch {
    // Said below.
  }
  if (isFields(value)) return value;
  throw new UserError(`Cannot read ${path}: expected JSON as \`${key}\` in its metadata, got none`, { exitCode: 2 });
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The settings in a file's metadata, or a section of them. */
function settingsField(file: WeightsFile, fields: Fields, key = 'settings'): Fields {
  const field = fields[key];
  if (isFields(field)) return field;
  throw new UserError(`Cannot read ${file.path}: expected \`${key}\` in its metadata, got none`, {
    hint: 'Name a configuration with --config, and its network with --set backbone.name=NAME.',
    exitCode: 2,
  });
}

const epochOf = ({ epoch }: Fields): number | undefined =>
  Number.isSafeInteger(epoch) && (epoch as number) >= 0 ? (epoch as number) : undefined;

const assignment = (label: string, key: string, value: unknown): Assignment => ({
  label,
  key,
  text: JSON.stringify(value),
});

/** How messages name a setting that a file records; they add its key where a section is assigned. */
const labelOf = ({ path }: WeightsFile, key = ''): string => `settings of ${path}:${key && ` ${key}`}`;

/** The settings of a checkpoint's run, by sections. */
function ofCheckpoint(file: WeightsFile): RecordedSettings {
  const progress = fieldsOf(file, 'progress');
  const settings = settingsField(file, progress);
  const assignments = SECTIONS.map((key) => assignment(labelOf(file), key, settingsField(file, settings, key)));
  return { assignments, epoch: epochOf(progress), lineage: parseLineage(progress['init']), notes: [] };
}

/** An export records about ten; each takes time to check. */
const MOST_SETTINGS = 100;

/** The settings of an export: one key a setting, of its backbone and its views alone. */
function ofExport(file: WeightsFile): RecordedSettings {
  const encoder = fieldsOf(file, 'encoder');
  const settings = Object.entries(settingsField(file, encoder));
  if (settings.length > MOST_SETTINGS) {
    throw new UserError(
      `Cannot read ${file.path}: expected at most ${MOST_SETTINGS} settings in its metadata, got ${settings.length}`,
      { exitCode: 2 },
    );
  }
  const strange = settings.find(([key]) => !/^(?:backbone|views)(?:\.\w+)+$/.test(key));
  if (strange !== undefined) {
    const got = JSON.stringify(strange[0]).slice(0, 80);
    throw new UserError(
      `Cannot read ${file.path}: expected settings of backbone and views in its metadata, got ${got}`,
      {
        exitCode: 2,
      },
    );
  }
  const sections = SECTIONS.map((key) => assignment(labelOf(file), key, {}));
  const single = settings.map(([key, value]) => assignment(labelOf(file, key), key, value));
  return { assignments: [...sections, ...single], epoch: epochOf(encoder), notes: [] };
}

/** What views are set to where nothing says how the weights were trained, by the stem of their network. */
const USUAL_VIEWS = {
  imagenet: { size: 224, normalize: 'imagenet' },
  cifar: { size: 32, normalize: 'cifar10' },
} as const;

/** Pixels of a side of the views that a vision transformer's positions are for; undefined without positions. */
function sizeOfPositions({ tensors }: WeightsFile): number | undefined {
  const [, positions] = Object.entries(tensors).find(([name]) => /(?:^|\.)pos_embed(?:ding)?$/.test(name)) ?? [];
  return positions && viewSizeOf(positions.shape);
}

/** What was guessed, in words, without what `given` settings change; undefined where nothing remains. */
function guessNote(guesses: Readonly<Record<string, object>>, given: readonly Assignment[]): string | undefined {
  const isGiven = (key: string): boolean => given.some((other) => key === other.key || key.startsWith(`${other.key}.`));
  const parts = Object.entries(guesses).flatMap(([section, values]) => {
    const kept = Object.entries(values).filter(([key]) => !isGiven(`${section}.${key}`));
    return kept.length === 0 ? [] : [`${section}.${kept.map(([key, value]) => `${key} ${value}`).join(', ')}`];
  });
  return parts.length === 0 ? undefined : `taken from names and shapes: ${parts.join('; ')}; --set changes them`;
}

/** The settings that names and shapes of another tool's weights look like; `withViews`: those of views too. */
function guessed(file: WeightsFile, withViews: boolean, given: readonly Assignment[]): RecordedSettings {
  const backbone = guessBackbone(file);
  if (backbone === undefined) return { assignments: [], epoch: undefined, notes: [] };
  const usual = USUAL_VIEWS['stem' in backbone ? backbone.stem : 'imagenet'];
  const views = { ...usual, size: sizeOfPositions(file) ?? usual.size };
  const settings = { backbone, ...(withViews && { views }) };
  const note = guessNote(settings, given);
  return {
    assignments: Object.entries(settings).map(([key, value]) => assignment(labelOf(file), key, value)),
    epoch: undefined,
    notes: note === undefined ? [] : [note],
  };
}

/**
 * The settings that a file of weights records (ours), or that its names and shapes look like (others').
 *
 * Only keys of `backbone` and `views` are taken; their values are checked where they are used, as any setting is.
 *
 * @param withViews whether views are guessed, too.
 * @param given settings that win over these, and which the notes leave out.
 * @throws UserError where metadata of ours are damaged.
 */
export function recordedSettings(
  file: WeightsFile,
  withViews: boolean,
  given: readonly Assignment[] = [],
): RecordedSettings {
  if (file.kind === 'checkpoint') return ofCheckpoint(file);
  return file.kind === 'export' ? ofExport(file) : guessed(file, withViews, given);
}
