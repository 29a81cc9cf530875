import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { nearestName } from '../util/nearest-name.ts';
import { shellWord } from '../util/shell-word.ts';

/** What helps where a shell has made many arguments of a pattern. */
const MANY = 'for many files (*.jpg) name their folder, or a list of them: (echo path; ls *.jpg) > list.csv';

/** What other tools, and the other programs here, call the options that take weights; a program has one or two. */
const WEIGHTS = ['init', 'weights', 'checkpoint', 'ckpt', 'pretrained', 'finetune'];

/** The option of a program that a word most likely means: of weights, or one that looks like it. */
function meantOption(word: string, names: readonly string[]): string | undefined {
  const near = nearestName(word, names);
  if (near !== undefined || nearestName(word, WEIGHTS) === undefined) return near;
  return names.find((name) => name === 'init' || name === 'weights');
}

/** A hint for `out=FILE`, as programs with other command lines take it; undefined without such an argument. */
function ofAssignment(args: readonly string[], names: readonly string[]): string | undefined {
  const [, key, value] = args.map((word) => /^([a-z][\w.]*)=(.*)$/is.exec(word)).find((match) => match !== null) ?? [];
  if (key === undefined || value === undefined) return undefined;
  const option = key.includes('.') ? undefined : meantOption(key, names);
  if (option !== undefined) return `did you mean --${option}, as in --${option} ${shellWord(value)}?`;
  return names.includes('set') ? `did you mean --set ${shellWord(`${key}=${value}`)}?` : undefined;
}

/** What to do about something that commander found wrong with the use of a program; undefined where it is plain. */
export function mistakeHint(message: string, program: CommandUnknownOpts): string | undefined {
  const command = program.commands.find((each) => each.name() === program.args[0]);
  const { options, args } = command ?? program;
  const names = options.flatMap(({ long }) => long?.slice(2) ?? []);
  const commands = program.commands.map((each) => each.name());
  const list = (type: 'conjunction' | 'disjunction') => new Intl.ListFormat('en-GB', { type }).format(commands);
  const isCommandless = command === undefined && commands.length > 0;
  if (message.startsWith('too many arguments') && !isCommandless) return ofAssignment(args, names) ?? MANY;
  if (message.startsWith('unknown command') || message.startsWith('too many')) {
    return `${commands.length === 1 ? 'the command is' : 'the commands are'} ${list('conjunction')}`;
  }
  const [, word] = /^unknown option '-+([^'=]*)/.exec(message) ?? [];
  if (word === undefined) return undefined;
  // That of the version is no option of what the program does.
  if (isCommandless && names.length <= 1) return `options stand behind a command: ${list('disjunction')}`;
  const option = meantOption(word, names);
  if (option !== undefined) return `did you mean --${option}?`;
  const help = `${[program.name(), ...(command === undefined ? [] : [command.name()])].join(' ')} --help lists the options`;
  return names.includes('set') ? `${help}; --set KEY=VALUE changes a setting` : help;
}
