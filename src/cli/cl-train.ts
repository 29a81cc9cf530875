import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import type { Assignment } from '../config/assignment.ts';
import { UserError } from '../util/errors.ts';
import { note, tell } from '../util/notices.ts';
import { AUTO, checkImages, chooseConfig } from './choose-config.ts';
import { addCompletion } from './cl-train-completion.ts';
import { addInit } from './cl-train-init.ts';
import { createCommand, helpNotes, type OptionsOf } from './create-command.ts';
import type { OptionNames } from './meant-option.ts';
import { optionNames } from './mistake-hint.ts';
import {
  assignmentsOf,
  DEVICE,
  duration,
  flag,
  offering,
  QUIET,
  repeatable,
  set,
  setting,
  VERBOSE,
} from './option-kinds.ts';
import { printPlan } from './print-plan.ts';
import { relaunchWithEnvironment } from './relaunch.ts';
import { runMain } from './run-main.ts';
import { readShortForm } from './short-form.ts';
import { STOP_CODES } from './stop-signals.ts';
import { AGAIN, createTimeLimit } from './time-limit.ts';

const EXAMPLES = `
Examples:
  cl-train quickstart
  cl-train simclr FOLDER --dry-run
  cl-train --config simclr.yaml --data FOLDER --lr 0.1 --set method.temperature=0.1 --output runs/rate-0.1
  cl-train moco FOLDER --init runs/rate-0.1
  cl-train --resume runs/rate-0.1
  cl-train simclr FOLDER --resume auto

Exit codes: 0 done, 1 the run failed, 2 wrong use or configuration,
${STOP_CODES}, and saved,
${AGAIN} stopped by --max-time and saved: go on by --resume.`;

function defineTrain() {
  return createCommand('cl-train', 'Pretrains an image encoder by contrastive learning.')
    .argument('[preset]', 'short for --config: the name of a preset, or an experiment file')
    .argument('[data]', 'short for --data')
    .option(
      '-c, --config <file>',
      'experiment file (YAML), or the name of a preset; with --resume DIR, that of the run folder when left out',
    )
    .addOption(set('change a setting, for example --set views.size=64; repeatable, the last one wins'))
    .addOption(setting('-d, --data <path>', 'data.path', 'images: a folder, archive or other file (datasets.md)'))
    .addOption(setting('-o, --output <dir>', 'output', 'run folder', 'runs/<name of the config>'))
    .addOption(
      new Option(
        '-r, --resume [dir]',
        'go on with the run in its folder, exactly: everything or an error; auto: start where there is none, go on where there is, do nothing where it is finished',
      ).conflicts('overwrite'),
    )
    .addOption(
      offering(
        { isList: true },
        repeatable(
          '--allow-change <keys>',
          'settings that may differ from those of the run that --resume goes on with, commas between; data.images: other images',
          parseKeys,
        ),
      ),
    )
    .addOption(
      setting('--init <path>', 'init', 'begin a new run from the weights of a run folder or a file, backbone alone'),
    )
    .addOption(flag('--overwrite', 'delete what an earlier run left in the run folder, and start anew'))
    .addOption(DEVICE)
    .addOption(setting('--seed <n>', 'seed'))
    .addOption(setting('--epochs <n>', 'schedule.epochs'))
    .addOption(setting('--batch-size <n>', 'schedule.batchSize', 'images'))
    .addOption(setting('--lr <rate>', 'optimizer.learningRate', 'peak learning rate, for 256 images'))
    .addOption(setting('--workers <n>', 'data.workers', 'images decoded at a time'))
    .addOption(
      duration('--max-time <duration>', `stop in time, such as 11h50m: save, evaluate nothing, exit with ${AGAIN}`),
    )
    .addOption(flag('-n, --dry-run', 'print what would run (steps, learning rates, parameters, memory) and stop'))
    .addOption(flag('--measure', 'with --dry-run: time a few real steps too, and say how long the run would take'))
    .addOption(flag('--list', 'print all presets, a line each, and stop'))
    .addOption(flag('--print-config', 'print the complete configuration as YAML and stop'))
    .addOption(flag('--print-schema', 'print the JSON Schema of configurations and stop'))
    .addOption(QUIET)
    .addOption(VERBOSE)
    .addHelpText('after', helpNotes(EXAMPLES));
}

/** What may change besides settings. */
const OTHER_CHANGES = ['data.images'];

/** Names with commas between them. */
function parseKeys(text: string): string[] {
  return text
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '');
}

type TrainOptions = OptionsOf<typeof defineTrain>;

/** The settings of the command line; `--resume DIR` names the run folder, unless `--output` does. */
function settingsOf(options: TrainOptions): Assignment[] {
  const { resume, set: general } = options;
  const resumed =
    typeof resume === 'string' && resume !== AUTO ? [{ label: '--resume', key: 'output', text: resume }] : [];
  return assignmentsOf({ ...options, set: [...general, ...resumed] });
}

/** Throws a UserError where a run that goes on should start from weights as well. */
function refuseInit(settings: readonly Assignment[]): void {
  const init = settings.find(({ key }) => key === 'init');
  if (init === undefined) return;
  throw new UserError(
    `${init.label}: expected no weights to start from with --resume, which goes on exactly from the run's own checkpoint`,
    { hint: 'Leave one of them out: init begins a new run, in a folder named by --output.', exitCode: 2 },
  );
}

/** Does what the words and options ask for. @returns the exit code; nothing for 0. */
async function train(
  words: readonly string[],
  options: TrainOptions,
  names: OptionNames,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (options.list) {
    const { printPresetList } = await import('./list-presets.ts');
    printPresetList();
    return undefined;
  }
  if (options.printSchema) {
    const { configJsonSchema } = await import('../config/json-schema.ts');
    process.stdout.write(configJsonSchema());
    return undefined;
  }
  const short = readShortForm(words, options, names);
  const settings = [...settingsOf(options), ...(short.data === undefined ? [] : [short.data])];
  const resume: boolean | typeof AUTO = options.resume === AUTO ? AUTO : options.resume !== undefined;
  if (resume === false && options.allowChange.length > 0) {
    const hint = `to go on with a run: cl-train --resume DIR --allow-change ${options.allowChange.flat().join()}`;
    throw new UserError('--allow-change: expected --resume, which it is for, got none', { hint, exitCode: 2 });
  }
  if (resume === true) refuseInit(settings);
  const label = short.config === undefined ? '--config' : undefined;
  const experiment = chooseConfig({ config: short.config ?? options.config, resume: options.resume, label }, settings);
  await checkImages(experiment, settings);
  const { loadConfig } = await import('../config/load.ts');
  const notes = experiment.note === undefined ? [] : [experiment.note];
  const config = loadConfig(experiment.path, settings, (message) => notes.push(message));
  // Only by the process that does the work, or it would be said twice.
  const tellNotes = (): void => {
    for (const message of notes) note(message);
  };
  const allowed = options.allowChange.flat();
  const { checkSettingNames } = await import('../config/setting-names.ts');
  checkSettingNames('--allow-change', allowed, OTHER_CHANGES);
  const { formatConfig } = await import('../config/format-config.ts');
  if (options.printConfig) {
    tellNotes();
    process.stdout.write(formatConfig(config));
    return undefined;
  }
  if (options.measure && !options.dryRun) {
    throw new UserError('--measure: expected --dry-run, which it is for, got none', { exitCode: 2 });
  }
  if (options.dryRun) {
    if (options.measure) await relaunchWithEnvironment(signal);
    tellNotes();
    await printPlan(config, { ...options, resume, signal });
    return undefined;
  }
  await relaunchWithEnvironment(signal);
  tellNotes();
  const { pretrain } = await import('../run/training/pretrain.ts');
  const run = { ...options, configText: formatConfig(config), resume, allowed };
  const { maxTime } = options;
  if (maxTime === undefined) {
    await pretrain(config, { ...run, signal });
    return undefined;
  }
  const limit = createTimeLimit(maxTime, (text) => {
    for (const line of ['', `cl-train: ${text}`]) tell(line);
  });
  const either = AbortSignal.any([signal, limit.signal]);
  const { reason, steps } = await pretrain(config, { ...run, signal: either }).finally(limit.stop);
  if (reason === 'finished' || signal.aborted) return undefined;
  if (steps === 0) throw limit.signal.reason;
  return AGAIN;
}

/** The command line of `cl-train`, which stops what it does by the signal; `end` is told the exit code. */
export function defineProgram(signal: AbortSignal, end = (_code?: number): void => {}): CommandUnknownOpts {
  const program = defineTrain().action(async (preset, data, options, command) => {
    const words = [preset, data].filter((word) => word !== undefined);
    end(await train(words, options, optionNames(command as CommandUnknownOpts), signal));
  }) as CommandUnknownOpts;
  // Options of a command are those behind it: init has an --output of its own.
  program.enablePositionalOptions();
  addInit(program);
  addCompletion(program);
  return program;
}

/** `cl-train`: pretrains as a YAML file says. Ends the process. */
export function main(argv: readonly string[]): Promise<never> {
  return runMain('cl-train', argv, async (signal) => {
    let exitCode: number | undefined;
    const command = defineProgram(signal, (code) => {
      exitCode = code;
    });
    await command.parseAsync(argv, { from: 'user' });
    return exitCode;
  });
}
