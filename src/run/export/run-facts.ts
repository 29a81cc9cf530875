import { basename } from 'node:path';
import type { DataConfig } from '../../config/run-config.ts';
import type { Evaluation } from '../../evaluate/evaluation.ts';
import { type History, readHistory } from '../../report/history.ts';
import { parseLineage } from '../encoder/parse-lineage.ts';
import type { DataFacts, Lineage } from './card/card-facts.ts';
import { dataName, type ExportData } from './open-data.ts';

/** What a run's `metrics.jsonl` says of a checkpoint. */
export interface RecordedFacts {
  readonly evaluations: readonly Evaluation[];
  readonly lineage: Lineage | undefined;
}

function lineageOf({ starts }: History): Lineage | undefined {
  const lineage = parseLineage(starts[0]?.init);
  if (lineage === undefined) return undefined;
  const { path, run, kind, sha256 } = lineage;
  return { name: basename(run ?? path), kind, sha256 };
}

/** The evaluations of the encoder after a step with their floors, and what the run began from. */
export async function recordedFacts(metrics: string, step: number): Promise<RecordedFacts> {
  const history = await readHistory(metrics);
  const own = history.evaluations.filter((each) => each.evaluation.subject === 'pretrained' && each.step === step);
  const floors = history.evaluations.filter(({ evaluation }) => evaluation.subject !== 'pretrained');
  const latest = new Map(
    [...own, ...floors].map(({ evaluation }) => [`${evaluation.name} ${evaluation.subject}`, evaluation]),
  );
  return { evaluations: [...latest.values()], lineage: lineageOf(history) };
}

/** What a card says of a run's data. */
export function dataFacts(config: DataConfig, opened: ExportData | undefined, images: number | undefined): DataFacts {
  const { classes, fraction, subsetPerClass, path } = config;
  return {
    name: dataName(path),
    kind: opened?.train.kind,
    images: images ?? opened?.train.count,
    testImages: opened?.test?.count,
    classes: opened?.train.labels === undefined ? [] : opened.train.classes,
    selection: [
      ...(classes === undefined ? [] : [`${classes.length} chosen classes`]),
      ...(fraction === undefined || fraction === 1 ? [] : [`fraction ${fraction} of each class`]),
      ...(subsetPerClass === undefined ? [] : [`the first ${subsetPerClass} images of each class`]),
    ],
  };
}
