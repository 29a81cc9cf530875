import { shorten } from '../../util/shorten.ts';

/** A function or class that a pickle names, such as `torch.FloatStorage`; it is a name and nothing else. */
export interface PickleGlobal {
  readonly kind: 'global';
  readonly name: string;
}

/** A call that a pickle asks for, and that is not made: its reader decides what it stands for. */
export interface PickleCall {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly PickleValue[];
}

/** A reference to what lies outside of the pickle, such as a tensor's storage. */
export interface PickleReference {
  readonly kind: 'reference';
  readonly id: PickleValue;
}

/** A dictionary in its order; its keys come as text or numbers. */
export type PickleMap = Map<string | number, PickleValue>;

/** What a pickle holds: tuples, lists and sets are arrays, bytes are a call of `builtins.bytes`. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleValue[]
  | PickleMap
  | PickleGlobal
  | PickleCall
  | PickleReference;

/** Whether a value is a record of a kind. */
export function isPickled<Kind extends 'global' | 'call' | 'reference'>(
  value: PickleValue | undefined,
  kind: Kind,
): value is Extract<PickleValue, { kind: Kind }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

/** Characters of a name from a file that a message shows. */
const MOST_SHOWN = 80;

/** A name from a file for a message, which may be damaged or megabytes long. */
export function showName(name: string): string {
  return shorten(JSON.stringify(name.slice(0, MOST_SHOWN + 1)).slice(1, -1), MOST_SHOWN);
}

/** Values of a tuple that may be a key. */
const MOST_IN_KEY = 8;

/**
 * A key of a dictionary as text or a number; a tuple of plain values as Python shows it.
 *
 * @throws RangeError for a key of another kind.
 */
export function asKey(value: PickleValue): string | number {
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (value === null) return 'None';
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value) && value.length <= MOST_IN_KEY && value.every((part) => !isCompound(part))) {
    return `(${value.map(String).join(', ')})`;
  }
  throw new RangeError('the pickle has a key that is neither text nor a number');
}

const isCompound = (value: PickleValue): boolean => typeof value === 'object' && value !== null;
