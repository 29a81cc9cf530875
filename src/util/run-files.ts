/** Says which process works on a run; the file is there as long as one does, and is no part of the run. */
export const RUN_LOCK = 'run.lock';

/** The files that a run writes into its folder; nothing else there is ever deleted, or taken for the tool's own. */
export const RUN_FILES = [
  RUN_LOCK,
  'config.yaml',
  'checkpoints',
  'exports',
  'metrics.jsonl',
  'log.jsonl',
  'images.tsv.gz',
  'views.png',
  'report.json',
  'report.html',
] as const;

const CONFIG = 'config.yaml';

/** Sections that the settings of every run have. */
const SECTIONS = ['data', 'method', 'schedule'];

/** Bytes; the settings of a run take a few thousand. */
const LARGEST_CONFIG = 2 ** 16;

/**
 * Whether a folder is that of a run, finished or not: it holds settings beside something that only a run writes, and
 * the settings have a run's sections.
 *
 * @param names of what lies in it.
 * @param read the first bytes of a file in it as text.
 */
export async function isRunFolder(
  names: ReadonlySet<string>,
  read: (name: string, most: number) => Promise<string>,
): Promise<boolean> {
  const isLike = names.has(CONFIG) && ['checkpoints', 'metrics.jsonl', 'log.jsonl'].some((name) => names.has(name));
  if (!isLike) return false;
  const text = await read(CONFIG, LARGEST_CONFIG);
  return SECTIONS.every((section) => new RegExp(`^${section}:`, 'm').test(text));
}
