import { parse } from 'node:path';
import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { EXPORT_FORMATS, type ExportFormat } from '../config/export-formats.ts';
import { nearestValue } from '../config/suggest.ts';
import { FEATURES, INPUTS, isGraph, PARTS } from '../run/export/export-choice.ts';
import { UserError } from '../util/errors.ts';
import { shellWord } from '../util/shell-word.ts';
import { createCommand, helpNotes, type OptionsOf } from './create-command.ts';
import { assignmentsOf, choice, flag, JSON_RESULT, offering, QUIET, setting, VERBOSE } from './option-kinds.ts';
import { wrongValue } from './parse-value.ts';
import { relaunchWithEnvironment } from './relaunch.ts';
import { runMain } from './run-main.ts';
import { STOP_CODES } from './stop-signals.ts';

const EXAMPLES = `
Formats: torchvision and timm (PyTorch, safetensors), onnx, savedmodel (TensorFlow), tfjs (browsers). With each come a
model card (README.md) and 8 images with their features, which --verify runs again.

Examples:
  cl-export --run runs/simclr --format torchvision --output exports/simclr
  cl-export --run runs/simclr --checkpoint best --format onnx,tfjs --output exports/web
  cl-export --run runs/simclr --format torchvision,onnx --features pyramid --output exports/detector
  cl-export --verify exports/web

Exit codes: 0 done, 1 it failed or the verification did, 2 wrong use or configuration,
${STOP_CODES}.`;

const NAMES = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(EXPORT_FORMATS);

/** Formats with commas between them. */
function parseFormats(text: string): ExportFormat[] {
  return text.split(',').map((part) => {
    const name = part.trim();
    const format = EXPORT_FORMATS.find((known) => known === name);
    if (format !== undefined) return format;
    const near = nearestValue(name, EXPORT_FORMATS);
    const { message } = wrongValue('--format', NAMES, name);
    throw new UserError(message, { exitCode: 2, hint: near === undefined ? undefined : `did you mean ${near}?` });
  });
}

function defineExport() {
  return createCommand('cl-export', 'Exports a pretrained encoder to the formats of other tools.')
    .option('-r, --run <dir>', 'run folder')
    .addOption(
      offering(
        { names: ['last', 'best'] },
        new Option(
          '--checkpoint <which>',
          'last (default), best (by the kNN that the run recorded), or a checkpoint file',
        ),
      ),
    )
    .addOption(
      offering(
        { names: EXPORT_FORMATS, isList: true },
        new Option('-f, --format <formats>', `${NAMES}; several with commas between them`).argParser(parseFormats),
      ),
    )
    .option('-o, --output <dir>', 'folder to write, new or empty')
    .addOption(
      choice('--part <name>', 'the features of the backbone, or the embedding of the projector', PARTS).default(
        'backbone',
      ),
    )
    .addOption(
      choice('--features <form>', 'one row for each image, or the maps of four stages for detectors', FEATURES).default(
        'pooled',
      ),
    )
    .addOption(
      choice('--input <form>', 'what graphs take: uint8 images (default), or floats that are normalised', INPUTS),
    )
    .addOption(flag('--overwrite', 'replace the export that is in the folder'))
    .addOption(setting('-d, --data <path>', 'data.path', "the run's images, where they lie now"))
    .addOption(
      new Option('--verify <dir>', 'run the files of an export again and compare their features').conflicts([
        'run',
        'checkpoint',
        'format',
        'output',
        'overwrite',
        'data',
        'part',
        'features',
        'input',
      ]),
    )
    .addOption(JSON_RESULT)
    .addOption(QUIET)
    .addOption(VERBOSE)
    .addHelpText('after', helpNotes(EXAMPLES));
}

type ExportOptions = OptionsOf<typeof defineExport>;

/** The command with what it lacks. */
function completed({ run, checkpoint, format, output }: ExportOptions): string {
  const source = run ?? checkpoint ?? 'runs/simclr';
  const words = [
    ...(run === undefined && checkpoint !== undefined ? [] : ['--run', shellWord(run ?? 'runs/simclr')]),
    ...(checkpoint === undefined ? [] : ['--checkpoint', shellWord(checkpoint)]),
    ...['--format', format?.join(',') ?? 'torchvision'],
    ...['--output', shellWord(output ?? `exports/${parse(source).name}`)],
  ];
  return `for example cl-export ${words.join(' ')}`;
}

async function run(options: ExportOptions, signal: AbortSignal): Promise<void> {
  if (options.verify !== undefined) {
    await relaunchWithEnvironment(signal);
    const { verifyExport } = await import('../run/export/verify/verify-export.ts');
    return verifyExport(options.verify, { ...options, signal });
  }
  const { run, checkpoint, format, output, input } = options;
  const missing = [
    ...(run === undefined && checkpoint === undefined ? ['--run DIR'] : []),
    ...(format === undefined ? ['--format FORMAT'] : []),
    ...(output === undefined ? ['--output DIR'] : []),
  ];
  if (format === undefined || output === undefined || missing.length > 0) {
    throw new UserError(`expected ${missing.join(', ')}, got nothing`, { exitCode: 2, hint: completed(options) });
  }
  if (input !== undefined && !format.some(isGraph)) {
    throw new UserError(`--input: expected a format that is a graph (onnx, savedmodel, tfjs), got ${format.join()}`, {
      exitCode: 2,
      hint: 'Files of weights take what the card says: leave --input out.',
    });
  }
  await relaunchWithEnvironment(signal);
  const { exportEncoder } = await import('../run/export/export.ts');
  const assignments = assignmentsOf({ ...options, set: [] });
  await exportEncoder({ ...options, formats: format, output, input: input ?? 'images', assignments, signal });
}

/** The command line of `cl-export`, which stops what it does by the signal. */
export function defineProgram(signal: AbortSignal): CommandUnknownOpts {
  return defineExport().action((options) => run(options, signal)) as CommandUnknownOpts;
}

/** `cl-export`: writes a run's encoder in the formats of other tools, and verifies such exports. Ends the process. */
export function main(argv: readonly string[]): Promise<never> {
  return runMain('cl-export', argv, (signal) => defineProgram(signal).parseAsync(argv, { from: 'user' }), 'stopping');
}
