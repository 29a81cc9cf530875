import { type Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { UserError } from '../util/errors.ts';
import { createCommand, helpNotes, type OptionsOf } from './create-command.ts';
import {
  assignmentsOf,
  choice,
  DEVICE,
  flag,
  JSON_RESULT,
  QUIET,
  repeatable,
  set,
  setting,
  VERBOSE,
} from './option-kinds.ts';
import { relaunchWithEnvironment } from './relaunch.ts';
import { runMain } from './run-main.ts';
import { STOP_CODES } from './stop-signals.ts';

const NOTES = `
A table has a row for each image: its name below the data, label and class where there are labels, split, index in the
split, features. What was stopped (Ctrl-C, kill) goes on when the same command is run again; the bytes are the same. A bad
image is a row of FILE.bad.csv and shifts no other.

Examples:
  cl-embed --run runs/simclr --output features.parquet
  cl-embed --run runs/simclr --data FOLDER --output features.npy --normalize
  cl-embed --weights resnet50.safetensors --data FOLDER --split test --output features.csv
  cl-embed --run runs/simclr --image photo.jpg

Exit codes: 0 done, 1 it failed, 2 wrong use or configuration,
${STOP_CODES}.`;

function defineEmbed(command: Command) {
  return command
    .addOption(new Option('-r, --run <dir>', 'run folder; its newest checkpoint is used').conflicts('checkpoint'))
    .addOption(new Option('--checkpoint <file>', 'checkpoint file in its run folder').conflicts('weights'))
    .addOption(
      new Option(
        '--weights <file>',
        "a file of weights: an export, a checkpoint, torchvision's, timm's, a PyTorch file",
      ).conflicts('run'),
    )
    .addOption(
      setting(
        '-d, --data <path>',
        'data.path',
        "images: a folder, archive or other file (datasets.md), instead of the run's",
      ),
    )
    .option('-o, --output <file>', 'table to write: .npy, .npz, .parquet or .csv')
    .addOption(
      new Option(
        '--split <names>',
        'splits, with commas (default: train, which is all where nothing is divided, and test where there is one)',
      ).argParser((names) => names.split(',')),
    )
    .addOption(
      choice('--features <kind>', "the backbone's output, or the embedding that the projector makes of it", [
        'backbone',
        'embedding',
      ]).default('backbone'),
    )
    .addOption(flag('--normalize', 'divide each row by its length (L2), so that dot products are cosine similarities'))
    .addOption(
      repeatable(
        '--image <file>',
        'one image instead of --data; repeatable; without --output printed as JSON',
        String,
      ).conflicts(['data', 'split']),
    )
    .addOption(flag('--overwrite', 'replace the table if it exists'))
    .addOption(set("change a setting of the run's configuration, such as precision=bfloat16; repeatable"))
    .addOption(DEVICE)
    .addOption(JSON_RESULT)
    .addOption(QUIET)
    .addOption(VERBOSE)
    .addHelpText('after', helpNotes(NOTES));
}

function mistake(message: string, hint: string): UserError {
  return new UserError(message, { exitCode: 2, hint });
}

async function embed(options: OptionsOf<typeof defineEmbed>, signal: AbortSignal): Promise<void> {
  const { run, checkpoint, weights, output, image: files } = options;
  if (run === undefined && checkpoint === undefined && weights === undefined) {
    throw mistake(
      'expected --run DIR, --checkpoint FILE or --weights FILE, got none',
      'for example cl-embed --run runs/simclr --data FOLDER --output features.parquet',
    );
  }
  const isSingle = files.length > 0;
  if (!isSingle && output === undefined) {
    throw mistake('expected a table to write (--output FILE), got none', 'for example --output features.parquet');
  }
  // Single files need no data set, but every configuration names one.
  const unused = isSingle && weights !== undefined ? [{ label: '--image', key: 'data.path', text: '.' }] : [];
  const assignments = [...unused, ...assignmentsOf(options)];
  if (weights !== undefined && !assignments.some(({ key }) => key === 'data.path')) {
    throw mistake(
      '--weights: expected images with --data PATH or --image FILE, got neither',
      'for example --data FOLDER',
    );
  }
  await relaunchWithEnvironment(signal);
  if (isSingle) {
    const { embedFiles } = await import('../run/embed/embed-files.ts');
    await embedFiles({ ...options, files, assignments, signal });
    return;
  }
  const { embedImages } = await import('../run/embed/embed.ts');
  await embedImages({ ...options, output: output as string, splits: options.split, assignments, signal });
}

/** The command line of `cl-embed`, which stops what it does by the signal. */
export function defineProgram(signal: AbortSignal): CommandUnknownOpts {
  const command = createCommand('cl-embed', 'Writes the features of images into a table.');
  defineEmbed(command).action((options) => embed(options, signal));
  return command as CommandUnknownOpts;
}

/** `cl-embed`: features of images. Ends the process. */
export function main(argv: readonly string[]): Promise<never> {
  return runMain('cl-embed', argv, (signal) => defineProgram(signal).parseAsync(argv, { from: 'user' }), 'stopping');
}
