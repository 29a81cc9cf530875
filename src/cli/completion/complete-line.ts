import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { offerOf } from '../option-kinds.ts';
import { type Offered, offerArgument, offerValue, type Paths } from './offers.ts';

/** What may stand in the place of the word at the cursor. */
export interface Completion {
  readonly words: readonly Offered[];
  /** What the shell completes itself where no word fits. */
  readonly paths: Paths;
}

/** Where words have led: a command of a program, its words that are no options, the options that were given. */
interface Place {
  readonly command: CommandUnknownOpts;
  readonly operands: number;
  readonly given: readonly CommandOption[];
  /** The option whose value comes next. */
  readonly awaiting?: CommandOption | undefined;
  /** Whether `--` came: there are no more options. */
  readonly isOver: boolean;
}

type CommandOption = CommandUnknownOpts['options'][number];

function visibleCommands(command: CommandUnknownOpts): readonly CommandUnknownOpts[] {
  return command.createHelp().visibleCommands(command);
}

function findOption(command: CommandUnknownOpts, word: string): CommandOption | undefined {
  const [name] = word.split('=', 1);
  return command.options.find(({ long, short }) => long === name || short === word);
}

/** One word further; what a mistake would be is passed over, since it may still be mended. */
function walk(place: Place, word: string): Place {
  const { command, operands, given, awaiting, isOver } = place;
  // A value that may be left out is no option.
  if (awaiting !== undefined && (awaiting.required || !word.startsWith('-'))) return { ...place, awaiting: undefined };
  const next = { ...place, awaiting: undefined };
  if (word === '--') return { ...next, isOver: true };
  if (!isOver && word.startsWith('-') && word !== '-') {
    const option = findOption(command, word);
    if (option === undefined) return next;
    const takesNext = (option.required || option.optional) && !word.includes('=');
    return { ...next, given: [...given, option], awaiting: takesNext ? option : undefined };
  }
  const inner = operands === 0 ? visibleCommands(command).find((each) => each.name() === word) : undefined;
  if (inner !== undefined) return { command: inner, operands: 0, given: [], isOver: false };
  return { ...next, operands: operands + 1 };
}

function offerOptions({ command, given }: Place): Offered[] {
  const isRepeatable = ({ defaultValue }: CommandOption): boolean => Array.isArray(defaultValue);
  return command
    .createHelp()
    .visibleOptions(command)
    .filter((option: Option) => option.long && (isRepeatable(option) || !given.includes(option)))
    .map(({ long, description }: Option) => ({ text: long as string, description }));
}

/** What stands in a new word: an operand, or a command; options where there is neither. */
async function offerWord(place: Place): Promise<Completion> {
  const { command, operands } = place;
  const commands = operands === 0 ? visibleCommands(command) : [];
  const own = commands.map((each) => ({ text: each.name(), description: each.description() }));
  const argument = command.registeredArguments[operands];
  const { words, paths } =
    argument === undefined ? { words: [], paths: 'none' as const } : await offerArgument(argument);
  if (argument === undefined && own.length === 0 && !place.isOver) return { words: offerOptions(place), paths };
  return { words: [...words, ...own], paths };
}

/** Words that begin like the last of a list with commas, behind the others of it. */
function offerList(begun: string, offered: readonly Offered[]): Offered[] {
  const done = begun.slice(0, begun.lastIndexOf(',') + 1);
  const taken = done.split(',');
  return offered.filter(({ text }) => !taken.includes(text)).map((each) => ({ ...each, text: done + each.text }));
}

async function offerOptionValue(option: CommandOption, begun: string): Promise<Completion> {
  const { words, paths } = await offerValue(option, begun);
  return { words: offerOf(option).isList ? offerList(begun, words) : words, paths };
}

async function offerAt(place: Place, last: string): Promise<Completion> {
  const { command, awaiting, isOver } = place;
  if (awaiting !== undefined && (awaiting.required || !last.startsWith('-'))) return offerOptionValue(awaiting, last);
  if (isOver || !last.startsWith('-')) return offerWord(place);
  const equals = last.indexOf('=');
  if (equals === -1) return { words: offerOptions(place), paths: 'none' };
  const option = findOption(command, last);
  if (option === undefined) return { words: [], paths: 'none' };
  const before = last.slice(0, equals + 1);
  const { words, paths } = await offerOptionValue(option, last.slice(equals + 1));
  return { words: words.map((each) => ({ ...each, text: before + each.text })), paths };
}

/** What may stand in the place of `last`, the word at the cursor, behind whole words of a program's command line. */
export async function completeLine(
  program: CommandUnknownOpts,
  words: readonly string[],
  last: string,
): Promise<Completion> {
  const start: Place = { command: program, operands: 0, given: [], isOver: false };
  const offered = await offerAt(words.reduce(walk, start), last);
  return { ...offered, words: offered.words.filter(({ text }) => text.startsWith(last)) };
}
