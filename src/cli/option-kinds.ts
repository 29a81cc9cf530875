import { Option } from '@commander-js/extra-typings';
import { type Assignment, parseAssignment } from '../config/assignment.ts';
import { parseName, parseWholeNumber } from './parse-value.ts';
import { parseLimit } from './time-limit.ts';

// The kinds of options that programs have. The flags of an option, such as `-n, --dry-run`, give its name; commander's
// typings infer from them, from the parser and from the default which record of values the command's action gets.

/** What completion offers as the value of an option, besides what its flags and choices say. */
export interface Offer {
  /** The setting that it stands for. */
  readonly setting?: string | undefined;
  /** Names that it may have. */
  readonly names?: readonly string[] | undefined;
  /** Whether it takes several, with commas between them. */
  readonly isList?: boolean | undefined;
}

const OFFERS = new WeakMap<object, Offer>();

/** What completion offers as the value of an option. */
export function offerOf(option: object): Offer {
  return OFFERS.get(option) ?? {};
}

/** Says what completion offers as the value of an option, and returns the option. */
export function offering<Offered extends object>(offer: Offer, option: Offered): Offered {
  OFFERS.set(option, offer);
  return option;
}

function label(option: Option): string {
  return `--${option.name()}`;
}

/** An option without a value: true where it is given, else false. */
export function flag<const Flags extends string>(flags: Flags, description: string) {
  return new Option(flags, description).default(false);
}

/** An option whose value is a whole number between bounds, which are included. */
export function wholeNumber<const Flags extends string>(flags: Flags, description: string, least = 1, most?: number) {
  const option = new Option(flags, description);
  return option.argParser((text) => parseWholeNumber(label(option), text, least, most));
}

/** An option whose value is a duration, such as `11h50m`. */
export function duration<const Flags extends string>(flags: Flags, description: string) {
  const option = new Option(flags, description);
  return option.argParser((text) => parseLimit(label(option), text));
}

/** An option whose value is one of a few names, which the help lists. */
export function choice<const Flags extends string, const Name extends string>(
  flags: Flags,
  description: string,
  names: readonly Name[],
) {
  const option = new Option(flags, description).choices(names);
  return option.argParser((text) => parseName(label(option), text, names));
}

/** An option that may be given several times: all its values, each of them parsed. */
export function repeatable<const Flags extends string, Value>(
  flags: Flags,
  description: string,
  parse: (text: string) => Value,
) {
  return new Option(flags, description)
    .argParser((text, values: readonly Value[]): readonly Value[] => [...values, parse(text)])
    .default<readonly Value[]>([]);
}

/**
 * An option that stands for a setting: its value is the assignment, and its help says `same as --set KEY=VALUE`.
 *
 * @param otherwise what holds where it is not given, for the help.
 */
export function setting<const Flags extends string>(flags: Flags, key: string, description = '', otherwise = '') {
  const option = new Option(flags);
  const [, value = ''] = /<(.*)>/.exec(flags) ?? [];
  const same = `same as --set ${key}=${value.toUpperCase()}`;
  option.description = `${description && `${description}, `}${same}${otherwise && ` (default: ${otherwise})`}`;
  return offering(
    { setting: key },
    option.argParser((text): Assignment => ({ label: label(option), key, text })),
  );
}

/** The repeatable `--set KEY=VALUE`. */
export function set(description: string) {
  return repeatable('--set <key=value>', description, parseAssignment);
}

function isAssignment(value: unknown): value is Assignment {
  return typeof value === 'object' && value !== null && 'key' in value;
}

/** The settings that a command line changes: of `--set`, then of the options that stand for one, which win. */
export function assignmentsOf(options: { readonly set: readonly Assignment[] }): Assignment[] {
  const { set: general, ...others } = options;
  return [...general, ...Object.values<unknown>(others).filter(isAssignment)];
}

/** `--device NAME`. */
export const DEVICE = setting('--device <name>', 'device', 'auto, cpu or gpu');

/** `--json`. */
export const JSON_RESULT = flag('--json', 'print the result as JSON');

/** `--output FILE`, of a result as JSON. */
export const JSON_FILE = new Option(
  '-o, --output <file>',
  'write the result as JSON to a file, which must not exist yet',
);

/** `--quiet`, which excludes `--verbose`. */
export const QUIET = flag('-q, --quiet', 'print results and errors only').conflicts('verbose');

/** `--verbose`. */
export const VERBOSE = flag('-v, --verbose', 'print details, and stacks of errors');
