import { join, relative, resolve, sep } from 'node:path';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import type { Assignment } from '../../config/assignment.ts';
import { formatConfig } from '../../config/format-config.ts';
import { loadConfig } from '../../config/load.ts';
import type { RunConfig } from '../../config/run-config.ts';
import { projectorOf } from '../../methods/networks.ts';
import { createTaskProgress } from '../../report/task-progress.ts';
import { UserError } from '../../util/errors.ts';
import { hashFile } from '../../util/hash-file.ts';
import { tell, warn } from '../../util/notices.ts';
import { packageVersion } from '../../util/package-info.ts';
import { shellWord } from '../../util/shell-word.ts';
import { writeText } from '../../util/write-text.ts';
import { buildModel } from '../assembly/model.ts';
import { restorePart } from '../encoder/restore-part.ts';
import { outputWarnings } from '../folder/output-inside.ts';
import type { RunFolder } from '../folder/run-folder.ts';
import { runData } from '../images/run-data.ts';
import type { RunImages } from '../images/run-images.ts';
import { evaluationView } from '../views/evaluation-view.ts';
import type { CardFacts, TrainingFacts } from './card/card-facts.ts';
import { describeEncoder } from './description.ts';
import { checkChoice, type ExportChoice } from './export-choice.ts';
import { checkExportFolder, checkUnchanged } from './export-folder.ts';
import { exportText } from './export-text.ts';
import type { ExportedEncoder } from './exported-encoder.ts';
import { makeExport } from './make-export.ts';
import type { Manifest } from './manifest.ts';
import { type ExportSource, openCheckpoint, type RunCheckpoint } from './open-checkpoint.ts';
import { type ExportData, openData } from './open-data.ts';
import { dataFacts, recordedFacts } from './run-facts.ts';
import { chooseVerificationImages } from './verification-images.ts';

/** What `cl-export` is asked for. */
export interface ExportRequest extends ExportSource, ExportChoice {
  readonly output: string;
  readonly overwrite: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Changes of the run's settings, such as where its images lie now. */
  readonly assignments: readonly Assignment[];
  readonly signal: AbortSignal;
}

function encoderOf(
  config: RunConfig,
  checkpoint: Checkpoint,
  path: string,
  part: ExportChoice['part'],
): ExportedEncoder {
  const { backbone } = buildModel(config);
  const { tensors: state } = checkpoint;
  const tensors = restorePart(state, 'backbone', backbone.layer, path);
  const parts = { settings: config.backbone, backbone, view: evaluationView(config.views) };
  if (part === 'backbone') return { ...parts, tensors, projector: undefined };
  const { projector: settings } = config.method;
  const layer = projectorOf(backbone.featureSize, settings);
  return {
    ...parts,
    tensors: { ...tensors, ...restorePart(state, 'projector', layer, path) },
    projector: { layer, size: settings.out },
  };
}

function trainingFacts(config: RunConfig): TrainingFacts {
  const { seed, views, backbone, method, optimizer, schedule, precision } = config;
  const settingsText = formatConfig({ seed, views, backbone, method, optimizer, schedule, precision });
  return { method, optimizer, schedule, views, precision, seed, settingsText };
}

interface Gathering {
  readonly config: RunConfig;
  readonly opened: RunCheckpoint;
  readonly choice: ExportChoice;
  readonly data: ExportData | undefined;
  readonly warn: (message: string) => void;
}

/** Everything that an export says, of a checkpoint, its run's records and its images. */
async function gatherFacts({ config, opened, choice, data, warn }: Gathering): Promise<CardFacts> {
  checkChoice(choice, config.backbone.name);
  const { checkpoint, path, folder } = opened;
  const { configHash: run, step, epoch, images } = checkpoint.progress;
  const encoder = encoderOf(config, checkpoint, path, choice.part);
  const origin = { run, checkpoint: await hashFile(path), step, epoch };
  return {
    encoder,
    description: describeEncoder(encoder, config.views, origin),
    choice,
    training: trainingFacts(config),
    data: dataFacts(config.data, data, typeof images === 'number' ? images : undefined),
    ...(await recordedFacts(folder.metrics, step)),
    verification: await chooseVerificationImages(data, encoder.view.transform, warn),
    tool: `cl-train ${packageVersion()}`,
  };
}

/** Throws a UserError (exit code 2) where an export would become part of the data: its images.npy reads as such. */
function checkOutside(output: string, { exports }: RunFolder, dataPath: string): void {
  const inExports = relative(exports, resolve(output));
  if (inExports !== '..' && !inExports.startsWith(`..${sep}`)) return;
  if (outputWarnings('the export', output, dataPath).length === 0) return;
  throw new UserError(`--output: expected a folder outside the run's images, got ${output}, inside ${dataPath}`, {
    hint: 'Its images.npy would be read as data. Choose another folder.',
    exitCode: 2,
  });
}

/**
 * Exports the encoder of a run, as `cl-export` does.
 *
 * Prints what was written to standard output. Throws a UserError for what a user can mend.
 */
export async function exportEncoder(request: ExportRequest): Promise<void> {
  const { output, overwrite, json, quiet, assignments, signal, formats, part, features, input } = request;
  await checkExportFolder(output, overwrite);
  const task = createTaskProgress(process.stderr, { quiet });
  const interrupt = (message: string): void => {
    task.stop();
    warn(message);
  };
  try {
    const opened = await openCheckpoint(request, interrupt, signal);
    const config = loadConfig(join(opened.folder.path, 'config.yaml'), assignments);
    const choice = { formats: [...new Set(formats)], part, features, input };
    checkChoice(choice, config.backbone.name);
    checkOutside(output, opened.folder, config.data.path);
    task.say('opening the images');
    const data = await openData(runData(config), interrupt, signal);
    try {
      const facts = await gatherFacts({ config, opened, choice, data, warn: interrupt });
      const manifest = await makeExport(facts, { output, overwrite, onStatus: task.say, signal });
      task.stop();
      if (json) process.stdout.write(`${JSON.stringify({ output, ...manifest }, undefined, 2)}\n`);
      else {
        writeText(process.stdout, exportText(output, manifest));
        tell(`check it with: cl-export --verify ${shellWord(output)}`);
      }
    } finally {
      await data?.close();
    }
  } finally {
    task.stop();
  }
}

/** What the end of a run gives to its export. */
export interface Ending {
  readonly folder: RunFolder;
  readonly images: Pick<RunImages, 'train' | 'test'>;
  readonly onStatus: (text: string) => void;
  readonly warn: (message: string) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Exports the last checkpoint of a run that has finished into its folder, in the formats of `export.atEnd`; undefined
 * where there are none.
 *
 * Nothing that goes wrong here costs what was learned and measured: it is a warning. An export that somebody has
 * changed since is left as it is.
 */
export async function exportAtEnd(config: RunConfig, ending: Ending): Promise<Manifest | undefined> {
  const { folder, images, onStatus, warn, signal } = ending;
  const formats = [...new Set(config.export.atEnd)];
  if (formats.length === 0) return undefined;
  const warnings: string[] = [];
  const manifest = await (async () => {
    await checkExportFolder(folder.exports, true);
    await checkUnchanged(folder.exports);
    onStatus('exporting the encoder');
    const opened = await openCheckpoint({ run: folder.path }, (message) => warnings.push(message), signal);
    const choice: ExportChoice = { formats, part: 'backbone', features: 'pooled', input: 'images' };
    const data = { train: images.train.source, test: images.test?.source };
    const facts = await gatherFacts({ config, opened, choice, data, warn: (message) => warnings.push(message) });
    return makeExport(facts, { output: folder.exports, overwrite: true, signal });
  })().catch((error: Error) => {
    const command = `cl-export --run ${shellWord(config.output)} --format ${formats.join()} --output FOLDER`;
    if (!signal.aborted) warnings.push(`no export: ${error.message.replace(/\.$/, '')}; ${command} makes one`);
    return undefined;
  });
  for (const each of warnings) await warn(each);
  return manifest;
}
