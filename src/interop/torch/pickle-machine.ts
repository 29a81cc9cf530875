import { asKey, isPickled, type PickleGlobal, type PickleMap, type PickleValue, showName } from './pickle-values.ts';

const MARK = Symbol('mark');

/** Values of a pickle, with copies and remembered ones: ten times what the largest state dictionaries have. */
const MOST_VALUES = 2_000_000;

/** What a container counts beside one value: it takes so many times the memory. */
const CONTAINER = 8;

/** Bytes of text that count as a value. */
const TEXT = 16;

/** Containers whose call makes a dictionary. */
const MAPS = ['builtins.dict', 'collections.Counter', 'collections.OrderedDict', 'collections.defaultdict'];

/** Containers whose call makes an array. */
const ARRAYS = ['builtins.frozenset', 'builtins.list', 'builtins.set', 'builtins.tuple', 'torch.Size'];

/** Plain containers of Python and PyTorch, by the names that a pickle has for them. */
export const CONTAINERS: readonly string[] = [...MAPS, ...ARRAYS];

/** What the operations of a pickle work on: bytes that are taken from the front, a stack, and remembered values. */
export interface PickleMachine {
  /** Names that the pickle has and that are not allowed, in its order. */
  readonly refused: ReadonlySet<string>;
  /** Moves on by so many bytes, and returns where they begin. */
  take(length: number): number;
  readonly view: DataView;
  /** Text in UTF-8 of so many bytes. */
  text(length: number): string;
  /** Bytes as characters, as Python 2 wrote text, up to the end of the line. */
  line(): string;
  /** A signed number of so many bytes, the lowest first. */
  long(length: number): PickleValue;
  /** A size of 8 bytes that the pickle has room for. */
  size(): number;
  push(value: PickleValue): void;
  mark(): void;
  /** The last value, which stays. */
  top(): PickleValue;
  pop(): PickleValue;
  /** Takes the last value or mark away. */
  drop(): void;
  popToMark(): PickleValue[];
  remember(index: number, value: PickleValue): void;
  readonly remembered: ReadonlyMap<number, PickleValue>;
  recall(index: number): void;
  global(module: string, name: string): PickleGlobal;
  /** What a call comes to: a container, or a record of it. */
  call(callee: PickleValue, args: PickleValue): PickleValue;
  map(pairs: readonly PickleValue[]): PickleMap;
  setItems(pairs: readonly PickleValue[]): void;
  append(values: readonly PickleValue[]): void;
}

/** Sets keys to values that follow them; a key that is there already would make a tensor vanish. */
function fill(map: PickleMap, pairs: readonly PickleValue[]): PickleMap {
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const key = asKey(pairs[i] as PickleValue);
    if (map.has(key)) throw new RangeError(`the pickle has the key "${showName(String(key))}" twice`);
    map.set(key, pairs[i + 1] as PickleValue);
  }
  return map;
}

/** Keys and values in turn, of what `OrderedDict()`, `OrderedDict([[key, value], ...])` and `Counter({...})` get. */
function pairsOf(args: readonly PickleValue[]): PickleValue[] {
  const found = args.find((each) => Array.isArray(each) || each instanceof Map);
  if (found instanceof Map) return [...found].flat(1) as PickleValue[];
  return Array.isArray(found) ? found.flatMap((pair) => (Array.isArray(pair) ? pair.slice(0, 2) : [])) : [];
}

/**
 * A machine over a pickle whose names are compared with `allowed`, and never looked up.
 *
 * Everything throws a RangeError for a pickle that contradicts itself or is too large. Once a name was refused, what
 * is done to values of unknown kinds is let through, so that all refused names are found.
 */
export function createPickleMachine(bytes: Uint8Array, allowed: (name: string) => boolean): PickleMachine {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const stack: (PickleValue | typeof MARK)[] = [];
  const remembered = new Map<number, PickleValue>();
  const refused = new Set<string>();
  let at = 0;
  let made = 0;

  const charge = (count: number): void => {
    made += count;
    if (made > MOST_VALUES) throw new RangeError(`the pickle has more than ${MOST_VALUES} values`);
  };
  const take = (length: number): number => {
    if (length < 0 || at + length > bytes.length) throw new RangeError('the pickle is cut short');
    at += length;
    return at - length;
  };
  const missing = (): never => {
    throw new RangeError('the pickle takes more values than it has');
  };
  const top = (): PickleValue => {
    const value = stack.at(-1);
    return value === undefined || value === MARK ? missing() : value;
  };
  const pop = (): PickleValue => {
    const value = top();
    stack.pop();
    return value;
  };
  const unlessRefused = (problem: string): void => {
    if (refused.size === 0) throw new RangeError(`the pickle ${problem}`);
  };
  const map = (pairs: readonly PickleValue[]): PickleMap => {
    charge(pairs.length);
    return fill(new Map(), pairs);
  };

  return {
    refused,
    take,
    view,
    text(length) {
      const from = take(length);
      charge(length / TEXT);
      try {
        return utf8.decode(bytes.subarray(from, at));
      } catch (cause) {
        throw new RangeError('the pickle has text that is not UTF-8', { cause });
      }
    },
    line() {
      const end = bytes.indexOf(0x0a, at);
      if (end < 0) throw new RangeError('the pickle is cut short');
      const from = take(end - at + 1);
      charge((end - from) / TEXT);
      return Buffer.from(bytes.subarray(from, end)).toString('latin1');
    },
    long(length) {
      if (length === 0) return 0;
      const from = take(length);
      const digits = Buffer.from(bytes.subarray(from, from + length))
        .reverse()
        .toString('hex');
      const signed = BigInt.asIntN(8 * length, BigInt(`0x${digits}`));
      return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
    },
    size() {
      const size = view.getBigUint64(take(8), true);
      if (size > BigInt(bytes.length)) throw new RangeError('the pickle is cut short');
      return Number(size);
    },
    push(value) {
      charge(typeof value === 'object' && value !== null ? CONTAINER : 1);
      stack.push(value);
    },
    mark() {
      charge(1);
      stack.push(MARK);
    },
    top,
    pop,
    drop() {
      if (stack.pop() === undefined) missing();
    },
    popToMark() {
      const from = stack.lastIndexOf(MARK);
      if (from < 0) throw new RangeError('the pickle lacks a mark');
      return stack.splice(from).slice(1) as PickleValue[];
    },
    remember(index, value) {
      charge(1);
      remembered.set(index, value);
    },
    remembered,
    recall(index) {
      const value = remembered.get(index);
      if (value === undefined) throw new RangeError('the pickle refers to a value that it does not have');
      charge(1);
      stack.push(value);
    },
    global(module, name) {
      // Python 2's name of the module.
      const full = `${module === '__builtin__' ? 'builtins' : module}.${name}`;
      if (!CONTAINERS.includes(full) && !allowed(full)) refused.add(full);
      return { kind: 'global', name: full };
    },
    call(callee, args) {
      if (!isPickled(callee, 'global') || !Array.isArray(args)) {
        unlessRefused('calls what is no function');
        return null;
      }
      charge(args.length);
      if (MAPS.includes(callee.name)) return map(pairsOf(args));
      if (!ARRAYS.includes(callee.name)) return { kind: 'call', name: callee.name, args };
      const [values] = args;
      charge(Array.isArray(values) ? values.length : 0);
      return Array.isArray(values) ? [...values] : [];
    },
    map,
    setItems(pairs) {
      const target = top();
      if (target instanceof Map) fill(target, pairs);
      else unlessRefused('sets items of what is no dictionary');
    },
    append(values) {
      const target = top();
      if (Array.isArray(target)) for (const value of values) target.push(value);
      else unlessRefused('appends to what is no list');
    },
  };
}
