import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { inspectSource } from '../../data/inspect/inspect-source.ts';
import { printableJson } from '../../report/printable.ts';
import { createTaskProgress } from '../../report/task-progress.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { UserError } from '../../util/errors.ts';
import { writeText } from '../../util/write-text.ts';
import { decodingOf } from '../images/decoding.ts';
import { openRunDataset } from '../images/open-run-dataset.ts';
import { buildInspectReport, type InspectedSplit, type InspectSettings } from './build-inspect-report.ts';
import type { InspectReport } from './inspect-report.ts';
import { inspectText, strictProblem } from './inspect-text.ts';

export interface InspectCommandOptions {
  /** Images of each split to look at; all when absent. */
  readonly sample?: number | undefined;
  readonly json: boolean;
  /** A JSON file to write, which must not exist. */
  readonly output?: string | undefined;
  /** Fail where images are bad, or test images are among those of training. */
  readonly strict: boolean;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
}

/**
 * Decodes the images that settings name and says what they are.
 *
 * @throws UserError where they can't be opened.
 */
export async function inspectImages(
  settings: InspectSettings,
  options: Pick<InspectCommandOptions, 'sample' | 'signal'>,
  onProgress: (label: string, done: number, total: number) => void,
): Promise<InspectReport> {
  const dataset = await openRunDataset(settings.data, options.signal);
  try {
    const started = performance.now();
    const splits: InspectedSplit[] = [];
    for (const name of ['train', 'test'] as const) {
      const source = dataset[name];
      if (source === undefined) continue;
      const facts = await inspectSource(source, {
        ...options,
        concurrency: decodingOf(settings.data).workers,
        onProgress: (done, total) =>
          onProgress(`decoding ${name === 'train' ? 'training' : 'test'} images`, done, total),
      });
      splits.push({ name, source, facts });
    }
    return await buildInspectReport(settings, {
      description: dataset.description,
      warnings: dataset.warnings,
      sample: options.sample,
      splits,
      seconds: (performance.now() - started) / 1000,
      cores: availableParallelism(),
    });
  } finally {
    await dataset.close();
  }
}

/**
 * `cl-data inspect`: prints what the images of a configuration are, as text or JSON.
 *
 * @throws UserError for what a user can mend, and with `strict` for bad images or test images among those of training.
 */
export async function inspect(settings: InspectSettings, options: InspectCommandOptions): Promise<void> {
  const { output, json, quiet, strict } = options;
  if (output !== undefined && existsSync(output)) {
    throw new UserError(`--output: expected a new file, got ${output}, which exists`, {
      hint: 'Choose another name.',
      exitCode: 2,
    });
  }
  const task = createTaskProgress(process.stderr, { quiet });
  let report: InspectReport;
  try {
    report = await inspectImages(settings, options, task.count);
  } finally {
    task.stop();
  }
  const text = `${printableJson(report)}\n`;
  if (output !== undefined) await writeFileAtomic(output, text);
  if (json) process.stdout.write(text);
  else writeText(process.stdout, inspectText(report));
  const problem = strict ? strictProblem(report) : undefined;
  if (problem !== undefined) {
    throw new UserError(`--strict: expected good images, and none of the test among the training, got ${problem}`);
  }
}
