import { UserError } from '../util/errors.ts';

/** A setting as the command line gives it: its dotted path and its text; `label` is how messages name it. */
export interface Assignment {
  readonly label: string;
  readonly key: string;
  readonly text: string;
}

/**
 * Splits the argument of `--set KEY=VALUE`.
 *
 * @throws UserError when there is no `=` or a part of the key is empty.
 */
export function parseAssignment(argument: string): Assignment {
  const equals = argument.indexOf('=');
  const key = argument.slice(0, Math.max(0, equals)).trim();
  if (equals < 0 || key.split('.').includes('')) {
    throw new UserError(`--set: expected KEY=VALUE, got ${JSON.stringify(argument)}`, {
      exitCode: 2,
      hint: 'for example --set optimizer.learningRate=0.1',
    });
  }
  return { label: `--set ${key}`, key, text: argument.slice(equals + 1) };
}
