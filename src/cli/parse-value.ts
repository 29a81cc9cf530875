import { UserError } from '../util/errors.ts';

/** The mistake of an option's value (exit code 2). `label` is the option as messages name it, such as `--size`. */
export function wrongValue(label: string, expected: string, text: string): UserError {
  return new UserError(`${label}: expected ${expected}, got ${text || 'nothing'}`, { exitCode: 2 });
}

/**
 * Reads a whole number, bounds included; without `most`, as large as a number is exact.
 *
 * @throws UserError (exit code 2) for anything else.
 */
export function parseWholeNumber(label: string, text: string, least: number, most?: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= (most ?? Number.MAX_SAFE_INTEGER)) return value;
  const upward = least === 1 ? 'above 0' : `of at least ${least}`;
  throw wrongValue(label, `a whole number ${most === undefined ? upward : `from ${least} to ${most}`}`, text);
}

/** Reads one of these names. @throws UserError (exit code 2) for any other. */
export function parseName<Name extends string>(label: string, text: string, names: readonly Name[]): Name {
  const name = names.find((known) => known === text);
  if (name !== undefined) return name;
  throw wrongValue(label, new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(names), text);
}
