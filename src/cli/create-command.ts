import { Command, type CommanderError, Help } from '@commander-js/extra-typings';
import { UserError } from '../util/errors.ts';
import { packageVersion } from '../util/package-info.ts';

/** The values of a command's options, by the function that defines it. */
export type OptionsOf<Define extends (...args: never[]) => { opts(): unknown }> = ReturnType<
  ReturnType<Define>['opts']
>;

/** What helps where a shell has made many arguments of a pattern. */
const MANY = 'for many files (*.jpg) name their folder, or a list of them: (echo path; ls *.jpg) > list.csv';

/** What commander finds wrong, as the mistake of a user like any other; what it throws after help stays what it is. */
function toMistake(error: CommanderError): Error {
  const [, message, suggestion] = /^error: (.*?)(?:\n\(Did (you mean .*)\))?$/s.exec(error.message) ?? [];
  if (message === undefined) return error;
  const many = message.startsWith('too many arguments') ? MANY : undefined;
  return new UserError(message, { exitCode: 2, hint: suggestion === undefined ? many : `did ${suggestion}` });
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
  return new Command(name)
    .description(description)
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride((error) => {
      throw toMistake(error);
    })
    .configureOutput({ outputError: () => {} })
    .configureHelp({
      optionDescription: (option) =>
        isNothing(option.defaultValue) ? option.description : new Help().optionDescription(option),
    });
}
