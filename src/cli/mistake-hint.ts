import { existsSync, statSync } from 'node:fs';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { EXPORT_FORMATS } from '../config/export-formats.ts';
import { nearestValue } from '../config/suggest.ts';
import { nearestName } from '../util/nearest-name.ts';
import { shellWord } from '../util/shell-word.ts';
import { meantAssignment, meantOption, type OptionNames } from './meant-option.ts';
import { meantTraining } from './meant-training.ts';
import { otherProgram, synonymOf } from './other-programs.ts';
import { isRunFolder } from './preset-path.ts';

/** What helps where a shell has made many arguments of a pattern; undefined where none of the words is an image. */
export function manyHint(words: readonly string[]): string | undefined {
  if (!words.some((word) => /[*?]|\.(?:jpe?g|png|webp|ppm|pgm|bmp|gif|tiff?)$/i.test(word))) return undefined;
  return 'for many files (*.jpg) name their folder, or a list of them: (echo path; ls *.jpg) > list.csv';
}

/** The words that were typed: commander keeps them, which its types do not say; `args` lacks options that it knows. */
function typedWords(program: CommandUnknownOpts): readonly string[] {
  return (program as CommandUnknownOpts & { readonly rawArgs: readonly string[] }).rawArgs;
}

/** What is said of a word behind a flag; undefined where it stands elsewhere. */
function flagValueHint(word: string | undefined, program: CommandUnknownOpts, names: OptionNames): string | undefined {
  if (word === undefined || !/^(?:true|false|yes|no|on|off|0|1)$/i.test(word)) return undefined;
  const typed = typedWords(program);
  const before = typed[typed.indexOf(word) - 1]?.replace(/^-+/, '');
  return before !== undefined && names.get(before) === false ? `--${before} takes no value` : undefined;
}

/** The names of the options of a command. */
export function optionNames({ options }: CommandUnknownOpts): OptionNames {
  return new Map(options.map(({ long, required, optional }) => [long?.slice(2) ?? '', required || optional]));
}

/** A hint for `out=FILE model=NAME`, as programs with other command lines take them; undefined where there is none. */
export function assignmentHint(args: readonly string[], names: OptionNames): string | undefined {
  const given = args.flatMap((word) => {
    const [, key, value = ''] = /^([a-z][\w.]*)=(.*)$/is.exec(word) ?? [];
    return key === undefined ? [] : [{ key, meant: meantAssignment(key, value, names) }];
  });
  const unknown = given.find(({ meant }) => meant === undefined);
  if (unknown !== undefined && names.has('set')) {
    return `no option and no setting is named ${unknown.key}: cl-train --print-schema prints the settings`;
  }
  const meant = given.flatMap((each) => each.meant ?? []);
  return meant.length === 0 ? undefined : `did you mean ${meant.join(' ')}?`;
}

/** The words that were typed, with others in the place of some. */
function typedWith(others: ReadonlyMap<string, string>, program: CommandUnknownOpts): string {
  return typedWords(program)
    .map((word) => others.get(word) ?? shellWord(word))
    .join(' ');
}

/** The option by which a program takes a path, with it: a run, images, or weights; undefined where it takes none. */
function optionFor(path: string, names: OptionNames): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  const wanted = isRunFolder(path) ? ['run'] : found.isDirectory() ? ['data'] : ['weights', 'checkpoint'];
  const option = wanted.find((name) => names.has(name));
  return option && `--${option} ${shellWord(path)}`;
}

/** The same for any word: also formats, and what is to be written. */
function optionForWord(word: string, names: OptionNames): string | undefined {
  const format = /[./]/.test(word) ? undefined : nearestValue(word, EXPORT_FORMATS);
  if (format !== undefined && names.has('format')) return `--format ${format}`;
  const option = optionFor(word, names);
  return option ?? (names.has('output') && !existsSync(word) ? `--output ${shellWord(word)}` : undefined);
}

/** The line that was typed, with options in place of the words that the program does not take. */
function lineWithOptions(
  words: readonly string[],
  program: CommandUnknownOpts,
  names: OptionNames,
): string | undefined {
  const options = new Map(words.map((word) => [word, optionForWord(word, names)]));
  const isWhole = [...options.values()].every((option) => option !== undefined);
  return isWhole ? `${program.name()} ${typedWith(options as Map<string, string>, program)}` : undefined;
}

/** The first command that takes a path, with it, in the place of that path. */
function commandFor(path: string, { commands }: CommandUnknownOpts): string | undefined {
  if (!existsSync(path)) return undefined;
  const ways = commands.map((command) => {
    const isWord = command.registeredArguments.length > 0;
    const way = isWord ? shellWord(path) : optionFor(path, optionNames(command));
    return way && `${command.name()} ${way}`;
  });
  return ways.find((way) => way !== undefined);
}

/** The line that was typed as another program would take it, where its first word is a command of that one. */
function foreignLine(word: string | undefined, program: CommandUnknownOpts): string | undefined {
  const other = word === undefined ? undefined : otherProgram(word, program.name());
  return other && typedWith(new Map([[word ?? '', other]]), program);
}

/** A hint for a word that is no command of a program. */
function commandHint(word: string, program: CommandUnknownOpts): string {
  const names = program.commands.map((each) => each.name());
  const near = synonymOf(word, names) ?? nearestName(word, names) ?? commandFor(word, program);
  const line =
    near === undefined
      ? foreignLine(word, program)
      : `${program.name()} ${typedWith(new Map([[word, near]]), program)}`;
  if (line !== undefined) return `did you mean ${line}?`;
  const list = new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(names);
  return `${names.length === 1 ? 'the command is' : 'the commands are'} ${list}`;
}

/** A hint for options in front of a command, or without one. */
function commandlessHint(word: string, program: CommandUnknownOpts): string {
  const { commands } = program;
  const list = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(commands.map((each) => each.name()));
  const taking = commands.find((each) => optionNames(each).has(word));
  if (taking === undefined) return `options stand behind a command: ${list}`;
  const line = `${program.name()} ${taking.name()} ${typedWith(new Map(), program)}`;
  return `options stand behind a command (${list}): ${line}`;
}

/** What to do about something that commander found wrong with the use of a program; undefined where it is plain. */
export function mistakeHint(message: string, program: CommandUnknownOpts): string | undefined {
  const [first] = program.args;
  const command = program.commands.find((each) => each.name() === first);
  const { args, registeredArguments } = command ?? program;
  const names = optionNames(command ?? program);
  const training = (): string | undefined =>
    program.name() === 'cl-train' ? meantTraining(typedWords(program), names) : undefined;
  // A program that does something by itself, and takes words for it, is not waiting for a command.
  const isCommandless = command === undefined && program.commands.length > 0 && registeredArguments.length === 0;
  if (message.startsWith('unknown command') || (message.startsWith('too many') && isCommandless)) {
    return first === undefined ? undefined : commandHint(first, program);
  }
  if (message.startsWith('too many arguments')) {
    const surplus = args.slice(registeredArguments.length);
    const told =
      training() ?? assignmentHint(args, names) ?? flagValueHint(surplus[0], program, names) ?? manyHint(args);
    if (told !== undefined) return told;
    const line = registeredArguments.length === 0 ? lineWithOptions(surplus, program, names) : undefined;
    const meant = foreignLine(command === undefined ? first : undefined, program) ?? line;
    return meant && `did you mean ${meant}?`;
  }
  const [, word, equals] = /^unknown option '-+([^'=]*)(?:=([^']*))?/.exec(message) ?? [];
  if (word === undefined) return undefined;
  // That of the version is no option of what the program does.
  if (isCommandless && names.size <= 1) return commandlessHint(word, program);
  const other = foreignLine(command === undefined ? first : undefined, program);
  if (other !== undefined) return `did you mean ${other}?`;
  const whole = training();
  if (whole !== undefined) return whole;
  const at = args.findIndex((arg) => arg === `--${word}` || arg === `-${word}`);
  const next = at === -1 ? undefined : args[at + 1];
  const option = meantOption(word, equals ?? (next?.startsWith('-') ? undefined : next), names);
  if (option !== undefined) return `did you mean ${option}?`;
  const help = `${[program.name(), ...(command === undefined ? [] : [command.name()])].join(' ')} --help lists the options`;
  return names.has('set') ? `${help}; --set KEY=VALUE changes a setting` : help;
}
