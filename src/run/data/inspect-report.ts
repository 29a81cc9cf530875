import type { RunConfig } from '../../config/run-config.ts';
import { findDuplicates, type ImageRef } from '../../data/inspect/duplicates.ts';
import type { SourceFacts } from '../../data/inspect/inspect-source.ts';
import { type SplitReport, summarizeSplit } from '../../data/inspect/summarize.ts';
import { chooseStorage, planStorage, type Storage } from '../../data/loading/storage.ts';
import type { ImageSource } from '../../data/sources/image-source.ts';
import { imageCacheOf } from '../images.ts';
import { type Hint, inspectionHints, inspectionWarnings } from './inspect-advice.ts';

/** One split that was looked at. */
export interface InspectedSplit {
  readonly name: 'train' | 'test';
  readonly source: ImageSource;
  readonly facts: SourceFacts;
}

/** An image by its split and name. */
interface NamedImage {
  readonly split: string;
  readonly name: string;
  /** Class name; null without labels. */
  readonly class: string | null;
}

/** Images with equal size and pixels, however they are encoded. */
export interface DuplicateReport {
  /** Images that repeat an earlier one of their own split. */
  readonly within: Readonly<Record<string, number>>;
  /** Test images whose pixels are also a training image's. */
  readonly testInTrain: number;
  /** Groups whose images have different classes. */
  readonly conflictingLabels: number;
  readonly groups: number;
  /** The first groups, those that join training and test first. */
  readonly examples: readonly (readonly NamedImage[])[];
}

/** What `cl-data inspect --json` prints. */
export interface InspectReport {
  readonly version: 1;
  readonly path: string;
  readonly description: string;
  /** Images of each split that were decoded at most; null for all. */
  readonly sample: number | null;
  readonly splits: { readonly train: SplitReport; readonly test: SplitReport | null };
  readonly duplicates: DuplicateReport;
  readonly storage: StorageReport;
  readonly seconds: number;
  readonly imagesPerSecond: number;
  readonly cores: number;
  readonly warnings: readonly string[];
  readonly hints: readonly Hint[];
}

/** How training would hold the training images. */
export interface StorageReport {
  readonly kind: Storage['kind'];
  readonly decodedBytes: number;
  /** In words, with the reason. */
  readonly text: string;
}

/** Groups of duplicates, and images of one, that a report lists. */
const LISTED = { groups: 100, images: 20 };

function reportDuplicates(splits: readonly InspectedSplit[]): DuplicateReport {
  const groups = findDuplicates(splits.map(({ facts }) => facts.keys));
  const isLeak = (group: readonly ImageRef[]): boolean =>
    group.some(({ split }) => split === 0) && group.some(({ split }) => split === 1);
  const classOf = ({ split, row }: ImageRef): string | null => {
    const { source, facts } = splits[split] as InspectedSplit;
    const label = source.labels?.[facts.indices[row] as number];
    return label === undefined ? null : (source.classes[label] ?? null);
  };
  const named = (ref: ImageRef): NamedImage => {
    const { name, source, facts } = splits[ref.split] as InspectedSplit;
    return { split: name, name: source.name(facts.indices[ref.row] as number), class: classOf(ref) };
  };
  const inSplit = (group: readonly ImageRef[], split: number): number =>
    group.filter((ref) => ref.split === split).length;
  const sum = (count: (group: readonly ImageRef[]) => number): number =>
    groups.reduce((total, group) => total + count(group), 0);
  const leaks = groups.filter(isLeak);
  const listed = [...leaks, ...groups.filter((group) => !isLeak(group))].slice(0, LISTED.groups);
  return {
    within: Object.fromEntries(
      splits.map(({ name }, split) => [name, sum((group) => Math.max(0, inSplit(group, split) - 1))]),
    ),
    testInTrain: leaks.reduce((total, group) => total + inSplit(group, 1), 0),
    conflictingLabels: sum((group) => (new Set(group.map(classOf).filter((name) => name !== null)).size > 1 ? 1 : 0)),
    groups: groups.length,
    examples: listed.map((group) => exampleOf(group).map(named)),
  };
}

/** The first images of a group, of both splits where it joins them. */
function exampleOf(group: readonly ImageRef[]): readonly ImageRef[] {
  const half = LISTED.images / 2;
  const [train, test] = [0, 1].map((split) => group.filter((ref) => ref.split === split)) as [ImageRef[], ImageRef[]];
  return [
    ...train.slice(0, test.length === 0 ? LISTED.images : half),
    ...test.slice(0, train.length === 0 ? LISTED.images : half),
  ];
}

/** As a run would hold them, judged by the sizes of all images that were looked at. */
async function storageOf(
  source: ImageSource,
  { sizes, bytes }: SplitReport,
  config: RunConfig,
): Promise<StorageReport> {
  const options = { budgetBytes: config.data.memoryBudget, cache: imageCacheOf(config, () => {}) };
  const { kind } = await chooseStorage(source, options);
  const facts = { decodedBytes: bytes.decoded };
  const isMixed = sizes !== null && sizes.distinct > 1;
  if (kind !== 'streamed' && isMixed)
    return { kind: 'streamed', ...facts, text: 'streamed, because images differ in size' };
  return { kind, ...facts, text: await planStorage(source, options) };
}

/** Puts together what was found, with what to mind and what to do about it. */
export async function inspectReport(
  config: RunConfig,
  found: {
    readonly description: string;
    readonly sample: number | undefined;
    readonly splits: readonly InspectedSplit[];
    readonly seconds: number;
    readonly cores: number;
  },
): Promise<InspectReport> {
  const { description, sample, splits, seconds, cores } = found;
  const [train, test] = splits.map(({ source, facts }) => summarizeSplit(source, facts)) as [SplitReport, SplitReport?];
  const inspected = train.inspected + (test?.inspected ?? 0);
  const report = {
    version: 1,
    path: config.data.path,
    description,
    sample: sample ?? null,
    splits: { train, test: test ?? null },
    duplicates: reportDuplicates(splits),
    storage: await storageOf((splits[0] as InspectedSplit).source, train, config),
    seconds: Number(seconds.toFixed(3)),
    imagesPerSecond: Number((inspected / seconds).toFixed(1)),
    cores,
  } as const;
  return { ...report, warnings: inspectionWarnings(config, report), hints: inspectionHints(config, report) };
}
