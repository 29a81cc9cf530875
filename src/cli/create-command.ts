import { Command, type CommanderError, Help } from '@commander-js/extra-typings';
import { UserError } from '../util/errors.ts';
import { silenceNotices } from '../util/notices.ts';
import { packageVersion } from '../util/package-info.ts';
import { wrapText } from '../util/wrap-text.ts';
import { writeText } from '../util/write-text.ts';
import { mistakeHint } from './mistake-hint.ts';

/** The values of a command's options, by the function that defines it. */
export type OptionsOf<Define extends (...args: never[]) => { opts(): unknown }> = ReturnType<
  ReturnType<Define>['opts']
>;

/** Columns of a help that goes into a pipe. */
const USUAL_WIDTH = 80;

/**
 * Text below the options of a help, for `addHelpText`: paragraphs in the width of the terminal; lines that begin with
 * spaces, such as examples, stay as they are.
 */
export function helpNotes(text: string): () => string {
  return () => {
    const { isTTY, columns } = process.stdout;
    const width = (isTTY && columns) || USUAL_WIDTH;
    const paragraphs = text.replace(/(?<=[^\n])\n(?=\S)/g, ' ').split('\n');
    return paragraphs.map((line) => (line.startsWith(' ') ? line : wrapText(line, width, 0))).join('\n');
  };
}

/** What commander finds wrong, as the mistake of a user like any other; what it throws after help stays what it is. */
function toMistake(error: CommanderError, program: Command): Error {
  const [, message] = /^error: (.*)$/s.exec(error.message) ?? [];
  if (message === undefined) return error;
  return new UserError(message, { exitCode: 2, hint: mistakeHint(message, program) });
}

/** What is so unless an option says otherwise, and goes without saying in the help: a flag is off, a list is empty. */
function isNothing(value: unknown): boolean {
  return value === false || (Array.isArray(value) && value.length === 0);
}

/**
 * A program, whose parsing throws instead of ending the process.
 *
 * Its options and arguments are declared by calls on it ({@link Command.addOption}), once: the parser, the help and the
 * types of what the action gets follow from them. A mistake is a UserError with exit code 2; after `--help` and
 * `--version` a CommanderError with exit code 0 is thrown.
 */
export function createCommand(name: string, description: string): Command {
  const program = new Command(name);
  return (
    program
      .description(description)
      .version(packageVersion(), '-V, --version', 'print the version')
      .helpOption('-h, --help', 'print this help')
      .exitOverride((error) => {
        throw toMistake(error, program);
      })
      .hook('preAction', (_, action) => {
        if ((action.opts() as { readonly quiet?: unknown }).quiet === true) silenceNotices();
      })
      .configureOutput({ writeOut: (text) => writeText(process.stdout, text), outputError: () => {} })
      // Its suggestions know no words of other tools, and no values.
      .showSuggestionAfterError(false)
      .helpCommand(true)
      .configureHelp({
        // Room for a description beside an option on a narrow terminal.
        minWidthToWrap: 20,
        boxWrap: (text, width) => wrapText(text, width, 0),
        visibleCommands: (command) => (command.commands.length === 0 ? [] : new Help().visibleCommands(command)),
        // Every command has options: saying so would widen the column of all.
        subcommandTerm: (command) => new Help().subcommandTerm(command).replace(' [options]', ''),
        optionDescription: (option) =>
          isNothing(option.defaultValue) ? option.description : new Help().optionDescription(option),
      })
  );
}
