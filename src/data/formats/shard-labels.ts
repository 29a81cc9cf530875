import { codeValues } from '../../util/coded-values.ts';
import { UserError } from '../../util/errors.ts';
import { isUnreadable } from '../files/label-files.ts';
import { topFolder, unwrap } from '../sources/class-folders.ts';
import { type Labels, labelText, numberLabels, withoutLabels } from '../sources/labels.ts';
import { type ShardSample, sampleName } from './shard-samples.ts';

const textOf = ({ label }: ShardSample): string | undefined => (isUnreadable(label) ? undefined : labelText(label));

/** Labels out of the first folder, where all images lie in two or more. */
export function labelByFolder(samples: readonly ShardSample[]): ShardSample[] {
  const paths = samples.map(({ path }) => path);
  const base = unwrap(paths, '', () => false);
  const folders = paths.map((path) => topFolder(path, base));
  const isClass = !folders.includes(undefined) && new Set(folders).size >= 2;
  return samples.map((sample, i) => ({ ...sample, label: isClass ? folders[i] : undefined }));
}

/** Why classes that are numbers in some shards and names in others are none; undefined where they are alike. */
function whyMixed(samples: readonly ShardSample[], texts: readonly (string | undefined)[]): string | undefined {
  const kinds = new Map<string, { numbers: boolean; names: boolean; index: number }>();
  for (const [index, { shardName }] of samples.entries()) {
    const isNumber = /^\d+(\.0*)?$/.test(texts[index] ?? '');
    const { numbers = true, names = true, index: first = index } = kinds.get(shardName) ?? {};
    kinds.set(shardName, { numbers: numbers && isNumber, names: names && !isNumber, index: first });
  }
  const found = [...kinds.values()];
  const [numbered, named] = [found.find(({ numbers }) => numbers), found.find(({ names }) => names)];
  if (numbered === undefined || named === undefined) return undefined;
  const tell = ({ index }: { index: number }): string =>
    `${texts[index]} (${sampleName(samples[index] as ShardSample)})`;
  return `classes are numbers in some shards and names in others: ${tell(numbered)} and ${tell(named)}`;
}

/** Labels that are indices of known classes; otherwise their values are the classes. */
export function labelsOfSamples(samples: readonly ShardSample[], classes: readonly string[]): Labels {
  const texts = samples.map(textOf);
  if (texts.every((text) => /^\d{1,9}$/.test(text ?? '') && Number(text) < classes.length)) {
    return { labels: Int32Array.from(texts, Number), classes };
  }
  for (const sample of samples) {
    if (isUnreadable(sample.label)) return withoutLabels(`${sampleName(sample)} ${sample.label.unreadable}`);
  }
  // A folder's name may be a number, a shard without a label is told as such.
  const mixed = texts.includes(undefined) ? undefined : whyMixed(samples, texts);
  if (mixed !== undefined) return withoutLabels(mixed);
  return numberLabels(codeValues<unknown>(samples.map(({ label }) => label)), (index) =>
    sampleName(samples[index] as ShardSample),
  );
}

/** @throws UserError (exit code 2) where a field was named for labels and no image has one in it. */
export function requireLabels(samples: readonly ShardSample[], field: string | undefined, where: string): void {
  if (field === undefined || samples.some((sample) => textOf(sample) !== undefined)) return;
  const why = labelsOfSamples(samples, []).unlabelled;
  const got = why === undefined ? `no .json file with it beside an image: ${where}` : `none: ${why} in ${where}`;
  throw new UserError(`expected labels in ${field} (data.labelField), got ${got}`, {
    hint: 'Name another key, meta.label for one in a structure, or do without labels: --set data.labels=none',
    exitCode: 2,
  });
}
