import type { DataConfig } from '../../config/run-config.ts';
import { findDuplicates, type ImageRef } from '../../data/inspect/duplicates.ts';
import type { SourceFacts } from '../../data/inspect/inspect-source.ts';
import { type SplitReport, summarizeSplit } from '../../data/inspect/summarize.ts';
import { chooseStorage, planStorage } from '../../data/loading/storage.ts';
import type { ImageSource } from '../../data/sources/image-source.ts';
import { probeObstacle } from '../../evaluate/probe-limits.ts';
import { imageCacheOf } from '../images/decoding.ts';
import { evaluationObstacle } from '../images/evaluation-obstacle.ts';
import { inspectionHints, inspectionWarnings } from './inspect-advice.ts';
import type { DuplicateReport, InspectReport, NamedImage, StorageReport } from './inspect-report.ts';

/** What images are inspected for: how a run would read them, and the side of its views in pixels. */
export interface InspectSettings {
  readonly data: DataConfig;
  readonly viewSize: number;
}

/** One split that was looked at. */
export interface InspectedSplit {
  readonly name: 'train' | 'test';
  readonly source: ImageSource;
  readonly facts: SourceFacts;
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
async function storageOf(source: ImageSource, { sizes, bytes }: SplitReport, data: DataConfig): Promise<StorageReport> {
  const options = { budgetBytes: data.memoryBudget, cache: imageCacheOf(data, () => {}) };
  const { kind } = await chooseStorage(source, options);
  const facts = { decodedBytes: bytes.decoded };
  const isMixed = sizes !== null && sizes.distinct > 1;
  if (kind !== 'streamed' && isMixed)
    return { kind: 'streamed', ...facts, text: 'streamed, because images differ in size' };
  return { kind, ...facts, text: (await planStorage(source, options)).text };
}

/** What can't be evaluated by these classes, beyond what is told of labels that lack, or of a single class. */
function evaluationNotes([train, test]: readonly InspectedSplit[], { classes }: SplitReport): string[] {
  const labels = (train as InspectedSplit).source.labels;
  if (labels === undefined || classes?.classes === 1) return [];
  const obstacle = evaluationObstacle({ train: (train as InspectedSplit).source, test: test?.source });
  const fit = probeObstacle(labels);
  return [
    ...(obstacle?.wanted === 'of at least two classes' ? [`no evaluation: ${obstacle.reason}`] : []),
    ...(obstacle === undefined && fit !== undefined ? [`no linear probe: ${fit}`] : []),
  ];
}

/** Puts together what was found, with what to mind and what to do about it. */
export async function buildInspectReport(
  settings: InspectSettings,
  found: {
    readonly description: string;
    /** What the data set itself warns of. */
    readonly warnings: readonly string[];
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
    path: settings.data.path,
    description,
    sample: sample ?? null,
    splits: { train, test: test ?? null },
    duplicates: reportDuplicates(splits),
    storage: await storageOf((splits[0] as InspectedSplit).source, train, settings.data),
    seconds: Number(seconds.toFixed(3)),
    imagesPerSecond: Number((inspected / seconds).toFixed(1)),
    cores,
  } as const;
  return {
    ...report,
    warnings: [
      ...found.warnings,
      ...inspectionWarnings(settings.data, settings.viewSize, report),
      ...evaluationNotes(splits, train),
    ],
    hints: inspectionHints(settings.viewSize, report),
  };
}
