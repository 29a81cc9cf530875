import { Option } from '@commander-js/extra-typings';
import { expect, expectTypeOf, test } from 'vitest';
import { createCommand, type OptionsOf } from '../../src/cli/create-command.ts';
import { assignmentsOf, choice, flag, repeatable, set, setting, wholeNumber } from '../../src/cli/option-kinds.ts';
import type { Assignment } from '../../src/config/assignment.ts';
import { UserError } from '../../src/util/errors.ts';

function defineExample() {
  return createCommand('example', 'Shows every kind of option.')
    .addOption(new Option('--file <file>', 'a text'))
    .addOption(flag('-n, --dry-run', 'a flag').conflicts('file'))
    .addOption(wholeNumber('--count <n>', 'a number'))
    .addOption(wholeNumber('--size <n>', 'a number with bounds', 2, 64).default(8))
    .addOption(wholeNumber('--first <n>', 'a number from 0', 0).default(0))
    .addOption(choice('--format <name>', 'a name', ['jpeg', 'raw']).default('jpeg'))
    .addOption(repeatable('--tag <text>', 'a list', (text) => text.toUpperCase()))
    .addOption(set('change a setting'))
    .addOption(setting('-e, --epochs <n>', 'schedule.epochs'))
    .addOption(setting('-o, --output <dir>', 'output', 'run folder', 'runs/<name>'));
}

function parse(...argv: string[]): OptionsOf<typeof defineExample> {
  return defineExample().parse(argv, { from: 'user' }).opts();
}

/** What a mistake says, with its hint. */
function mistake(...argv: string[]): string {
  try {
    parse(...argv);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `exit ${error.exitCode}: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`;
  }
  throw new Error('nothing was wrong');
}

test('the definition gives the types of the values', () => {
  const options = parse();
  expectTypeOf(options).toEqualTypeOf<{
    file?: string;
    dryRun: boolean;
    count?: number;
    size: number;
    first: number;
    format: 'jpeg' | 'raw';
    tag: readonly string[];
    set: readonly Assignment[];
    epochs?: Assignment;
    output?: Assignment;
  }>();
  // @ts-expect-error: no option has this name
  expect(options.dryRum).toBeUndefined();
});

test('without options there are the defaults: flags are off, lists empty, and what has none is absent', () => {
  expect(parse()).toEqual({ dryRun: false, size: 8, first: 0, format: 'jpeg', tag: [], set: [] });
});

test('values are parsed, each option by its own kind', () => {
  expect(parse('--count', '012', '--size=64', '--first', '0', '--format', 'raw', '--tag', 'a', '--tag', 'b')).toEqual({
    dryRun: false,
    count: 12,
    size: 64,
    first: 0,
    format: 'raw',
    tag: ['A', 'B'],
    set: [],
  });
  expect(parse('-n').dryRun).toBe(true);
});

test('options that stand for a setting come after --set, so that they win, and are named in messages', () => {
  const options = parse('-e', '7', '--set', 'schedule.epochs=5', '--output', 'a=b', '--set', 'seed=1', '--tag', 'x');
  expect(assignmentsOf(options)).toEqual([
    { label: '--set schedule.epochs', key: 'schedule.epochs', text: '5' },
    { label: '--set seed', key: 'seed', text: '1' },
    { label: '--epochs', key: 'schedule.epochs', text: '7' },
    { label: '--output', key: 'output', text: 'a=b' },
  ]);
  expect(assignmentsOf(parse())).toEqual([]);
});

test('the help shows defaults and settings, but not that a flag is off or a list empty', () => {
  expect(defineExample().helpInformation()).toMatchInlineSnapshot(`
    "Usage: example [options]

    Shows every kind of option.

    Options:
      -V, --version       print the version
      --file <file>       a text
      -n, --dry-run       a flag
      --count <n>         a number
      --size <n>          a number with bounds (default: 8)
      --first <n>         a number from 0 (default: 0)
      --format <name>     a name (choices: "jpeg", "raw", default: "jpeg")
      --tag <text>        a list
      --set <key=value>   change a setting
      -e, --epochs <n>    same as --set schedule.epochs=N
      -o, --output <dir>  run folder, same as --set output=DIR (default:
                          runs/<name>)
      -h, --help          print this help
    "
  `);
});

test.each([
  [['--count', '0'], '--count: expected a whole number above 0, got 0'],
  [['--count', 'six'], '--count: expected a whole number above 0, got six'],
  [['--count', '1e3'], '--count: expected a whole number above 0, got 1e3'],
  [['--count='], '--count: expected a whole number above 0, got nothing'],
  [['--count', '9007199254740993'], '--count: expected a whole number above 0, got 9007199254740993'],
  [['--size', '1'], '--size: expected a whole number from 2 to 64, got 1'],
  [['--size', '65'], '--size: expected a whole number from 2 to 64, got 65'],
  [['--first', '-1'], '--first: expected a whole number of at least 0, got -1'],
  [['--format', 'gif'], '--format: expected jpeg or raw, got gif'],
  [['--set', 'k'], '--set: expected KEY=VALUE, got "k" (for example --set optimizer.learningRate=0.1)'],
  [['--contu', '1'], "unknown option '--contu' (did you mean --count 1?)"],
  [['-x'], "unknown option '-x' (example --help lists the options; --set KEY=VALUE changes a setting)"],
  [['--batch-size', '64'], "unknown option '--batch-size' (did you mean --set schedule.batchSize=64?)"],
  [
    ['--weights', 'a'],
    "unknown option '--weights' (example --help lists the options; --set KEY=VALUE changes a setting)",
  ],
  [['out=a', 'seed=1'], 'too many arguments. Expected 0 arguments but got 2. (did you mean --output a --set seed=1?)'],
  [
    ['schedule.epochs=1'],
    'too many arguments. Expected 0 arguments but got 1. (did you mean --set schedule.epochs=1?)',
  ],
  [['--size'], "option '--size <n>' argument missing"],
  [['-n', '--file', 'a'], "option '-n, --dry-run' cannot be used with option '--file <file>'"],
  [['extra'], 'too many arguments. Expected 0 arguments but got 1. (did you mean example --output extra?)'],
])('%j is a mistake in the one style', (argv, message) => {
  expect(mistake(...argv)).toBe(`exit 2: ${message}`);
});

/** What a program of two commands says of a mistake, one of which starts from weights. */
function mistakeOfSubcommand(...argv: string[]): string {
  const program = createCommand('example', 'Has commands.');
  program.command('train').addOption(setting('--init <path>', 'init'));
  program.command('measure').addOption(new Option('--weights <file>', 'a file')).argument('[folder]');
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof UserError) return `${error.message} (${error.hint})`;
    throw error;
  }
  throw new Error('nothing was wrong');
}

test.each([
  [['train', '--weights', 'a'], "unknown option '--weights' (did you mean --init a?)"],
  [['train', '--checkpoint=a'], "unknown option '--checkpoint=a' (did you mean --init a?)"],
  [['train', '--pretrained', 'a'], "unknown option '--pretrained' (did you mean --init a?)"],
  [['train', '--lr', '1'], "unknown option '--lr' (example train --help lists the options)"],
  [
    ['train', 'checkpoint=a b'],
    "too many arguments for 'train'. Expected 0 arguments but got 1. (did you mean --init 'a b'?)",
  ],
  [['measure', '--init', 'a'], "unknown option '--init' (did you mean --weights a?)"],
  [
    ['measure', 'FOLDER', 'weight=a'],
    "too many arguments for 'measure'. Expected 1 argument but got 2. (did you mean --weights a?)",
  ],
  [['linear', 'a'], "unknown command 'linear' (the commands are train and measure)"],
  [
    ['--weights', 'a'],
    "unknown option '--weights' (options stand behind a command (train or measure): example measure --weights a)",
  ],
])('%j gets what its words mean in this program', (argv, message) => {
  expect(mistakeOfSubcommand(...argv)).toBe(message);
});

test.each([
  ['chekpoint', 'too many arguments. Expected 0 arguments but got 1. (did you mean doctor checkpoint?)'],
  ['--instal', "unknown option '--instal' (did you mean --install?)"],
  ['--weights', "unknown option '--weights' (doctor --help lists the options)"],
])('%s of a program that does something without a command too', (word, message) => {
  const program = createCommand('doctor', 'Has a command beside what it does.').addOption(flag('--install', 'a flag'));
  program.action(() => {});
  program.command('checkpoint').argument('<path>');
  const result = program
    .parseAsync([word], { from: 'user' })
    .catch((error: UserError) => `${error.message} (${error.hint})`);
  return expect(result).resolves.toBe(message);
});
