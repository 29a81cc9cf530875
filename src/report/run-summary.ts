import type { SkippedImage } from '../data/sources/bad-images.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import type { EventOf, Lineage } from '../train/events.ts';
import type { History } from './history.ts';

/** The machine and software that a run used. */
export interface RunEnvironment {
  node: string;
  tensorflow: string;
  /** For example `linux-x64`. */
  platform: string;
  device: string;
  precision: string;
  cpu: string;
  cores: number;
  /** The instruction sets that it may use, and whether TensorFlow uses oneDNN; missing in older reports. */
  instructionSets?: readonly string[] | undefined;
  oneDnn?: boolean | undefined;
  /** `ONEDNN_MAX_CPU_ISA`, where it is a limit. */
  oneDnnLimit?: string | undefined;
  memoryBytes: number;
  /** Versions of further packages, by name. */
  versions: Record<string, string>;
}

/** What a report says of an image that training left out. */
type ListedSkip = Pick<SkippedImage, 'name' | 'reason'>;

/** A picture of some training views, shown in the report. */
export interface SampleViews {
  /** `data:image/png;base64,...`, or jpeg or webp. */
  dataUri: string;
  caption: string;
}

/** The encoder in other tools' formats: paths relative to the run folder. */
export interface ExportedFiles {
  card: string;
  files: readonly { format: string; path: string }[];
}

/** What the composition root knows; the rest of a summary comes from the recorded history. */
export interface RunFacts {
  tool: { name: string; version: string };
  folder: string;
  /** The resolved configuration, as JSON can hold it. */
  config: unknown;
  /** The configuration as text for readers (YAML); JSON is shown when it is missing. */
  configText?: string | undefined;
  environment: RunEnvironment;
  history: History;
  /** Final evaluations; left out, the latest recorded one of each name and subject. */
  evaluations?: readonly Evaluation[] | undefined;
  skippedImages?: readonly ListedSkip[] | undefined;
  sampleViews?: SampleViews | undefined;
  exports?: ExportedFiles | undefined;
}

export type RunState = 'finished' | 'interrupted' | 'failed' | 'unfinished';

/** Everything a report says. Numbers that were not measured are undefined, never guessed. */
export interface RunSummary {
  tool: { name: string; version: string };
  run: {
    folder: string;
    /** `unfinished`: still going on, or killed without a word. */
    state: RunState;
    message: string | undefined;
    startedAt: string | undefined;
    endedAt: string | undefined;
    /** Wall time in the processes that worked on the run, in seconds, pauses between them left out. */
    seconds: number | undefined;
    step: number;
    epoch: number;
    /** Processes that took the run up: 1 without a resume. */
    processes: number;
  };
  plan: Omit<EventOf<'start'>, 'type' | 'startStep' | 'runFolder' | 'preparationSeconds' | 'init'> | undefined;
  /** The weights that the run started from; undefined for random ones. */
  init: Lineage | undefined;
  config: unknown;
  configText: string;
  environment: RunEnvironment;
  history: History;
  evaluations: readonly Evaluation[];
  timing: {
    imagesPerSecond: number | undefined;
    /** Share of training time spent waiting for data, 0 to 1. */
    waitShare: number | undefined;
    peakMemoryBytes: number | undefined;
  };
  skippedImages: readonly ListedSkip[];
  sampleViews: SampleViews | undefined;
  exports: ExportedFiles | undefined;
}

/** The last evaluation of each name and subject: the encoder's first, then its floors, however early they came. */
function latestEvaluations(history: History): Evaluation[] {
  const latest = new Map<string, Evaluation>();
  for (const { evaluation } of history.evaluations) {
    latest.set(JSON.stringify([evaluation.name, evaluation.subject]), evaluation);
  }
  const order: readonly Evaluation['subject'][] = ['pretrained', 'start', 'untrained', 'pixels'];
  return [...latest.values()].sort((a, b) => order.indexOf(a.subject) - order.indexOf(b.subject));
}

/** Epochs weigh by their duration; steps stand in while no epoch is complete. */
function averageTiming(history: History): RunSummary['timing'] {
  const samples =
    history.epochs.length > 0
      ? history.epochs.map((epoch) => ({ ...epoch, weight: epoch.seconds }))
      : history.steps.map((step) => ({ ...step, weight: 1 }));
  const total = samples.reduce((sum, sample) => sum + sample.weight, 0);
  const average = (value: (sample: (typeof samples)[number]) => number) =>
    total > 0 ? samples.reduce((sum, sample) => sum + sample.weight * value(sample), 0) / total : undefined;
  return {
    imagesPerSecond: average((sample) => sample.imagesPerSecond),
    waitShare: average((sample) => sample.waitShare),
    peakMemoryBytes: history.epochs.length > 0 ? Math.max(...history.epochs.map((epoch) => epoch.rssBytes)) : undefined,
  };
}

function workedSeconds(starts: readonly number[], times: readonly number[]): number | undefined {
  if (starts.length === 0) return undefined;
  return starts.reduce((sum, start, index) => {
    const next = starts[index + 1] ?? Number.POSITIVE_INFINITY;
    const last = times.findLast((time) => time >= start && time < next) ?? start;
    return sum + (last - start) / 1000;
  }, 0);
}

/** Puts what a run recorded and what its caller knows together into one record for the reports. */
export function summarizeRun(facts: RunFacts): RunSummary {
  const { history } = facts;
  const { starts, steps, epochs, evaluations, checkpoints, warnings, ends } = history;
  const start = starts.at(-1);
  const records = [...starts, ...steps, ...epochs, ...evaluations, ...checkpoints, ...warnings, ...ends];
  const times = records.map((record) => Date.parse(record.time)).sort((a, b) => a - b);
  const lastEnd = ends.at(-1);
  // An end from before the last start tells of an earlier process: the present one has not ended.
  const end = lastEnd !== undefined && start !== undefined && lastEnd.time >= start.time ? lastEnd : undefined;
  const known: Partial<History['starts'][number]> = start ?? {};
  const { type: _type, startStep: _startStep, runFolder: _runFolder, time: _time, ...planned } = known;
  const { preparationSeconds: _preparationSeconds, init, ...plan } = planned;
  return {
    tool: facts.tool,
    run: {
      folder: facts.folder,
      state: end?.reason ?? 'unfinished',
      message: end?.message,
      startedAt: starts[0]?.time,
      endedAt: end?.time,
      seconds: workedSeconds(
        starts.map((each) => Date.parse(each.time)),
        times,
      ),
      step: end?.step ?? steps.at(-1)?.step ?? start?.startStep ?? 0,
      epoch: end?.epoch ?? steps.at(-1)?.epoch ?? 0,
      processes: starts.length,
    },
    plan: start === undefined ? undefined : (plan as RunSummary['plan']),
    init,
    config: facts.config,
    configText: facts.configText ?? JSON.stringify(facts.config, undefined, 2),
    environment: facts.environment,
    history,
    evaluations: facts.evaluations ?? latestEvaluations(history),
    timing: averageTiming(history),
    skippedImages: facts.skippedImages ?? [],
    sampleViews: facts.sampleViews,
    exports: facts.exports,
  };
}
