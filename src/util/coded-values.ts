import { createNumberPacker, type Numbers } from './packed-numbers.ts';

/**
 * Values of which few differ, such as classes: each different one once, and for every row which of them it is. Millions
 * of rows take four bytes each.
 */
export interface CodedValues<Value> {
  readonly length: number;
  /** The different values, in the order in which they come first. */
  readonly distinct: readonly Value[];
  /** The place of a row's value among the distinct ones. */
  codeAt(row: number): number;
}

/** The value of a row. */
export function valueAt<Value>({ distinct, codeAt }: CodedValues<Value>, row: number): Value {
  return distinct[codeAt(row)] as Value;
}

/** A text of its own: a part of a larger one would keep all of that in memory. */
const ownText = <Value>(value: Value): Value =>
  typeof value === 'string' ? (Buffer.from(value).toString() as Value) : value;

/** Collects values row by row; texts and numbers are equal by what they say, all else if it is the same. */
export function createValueCoder<Value>(): { add(value: Value): void; done(): CodedValues<Value> } {
  const known = new Map<Value, number>();
  const distinct: Value[] = [];
  const codes = createNumberPacker();
  return {
    add(value) {
      const code = known.get(value);
      codes.add(code ?? distinct.length);
      if (code !== undefined) return;
      const own = ownText(value);
      known.set(own, distinct.length);
      distinct.push(own);
    },
    done() {
      known.clear();
      const { length, at } = codes.done();
      return { length, distinct, codeAt: at };
    },
  };
}

/** Values of an array. */
export function codeValues<Value>(values: Iterable<Value>): CodedValues<Value> {
  const coder = createValueCoder<Value>();
  for (const value of values) coder.add(value);
  return coder.done();
}

/** Other values, each made of one: `change` is asked once for each that differs. */
export function mapValues<Value, Other>(
  { length, distinct, codeAt }: CodedValues<Value>,
  change: (value: Value) => Other,
): CodedValues<Other> {
  const places = new Map<Other, number>();
  const codes = Uint32Array.from(distinct, (value) => {
    const changed = change(value);
    const place = places.get(changed) ?? places.size;
    places.set(changed, place);
    return place;
  });
  return { length, distinct: [...places.keys()], codeAt: (row) => codes[codeAt(row)] as number };
}

/** The values of some rows; of the distinct ones those that occur there. */
export function selectRows<Value>(values: CodedValues<Value>, rows: Numbers): CodedValues<Value> {
  // In the order of the rows, which may be another one.
  const places = new Int32Array(values.distinct.length).fill(-1);
  const distinct: Value[] = [];
  const codes = createNumberPacker();
  for (let i = 0; i < rows.length; i++) {
    const code = values.codeAt(rows.at(i));
    if (places[code] === -1) places[code] = distinct.push(values.distinct[code] as Value) - 1;
    codes.add(places[code] as number);
  }
  const { length, at } = codes.done();
  return { length, distinct, codeAt: at };
}

/** Rows of one kind: how many there are, and the first; -1 where there are none. */
export interface FoundRows {
  readonly count: number;
  readonly first: number;
}

/** Finds the rows whose values are of a kind; `isWanted` is asked once for each that differs. */
export function findRows<Value>(
  { length, distinct, codeAt }: CodedValues<Value>,
  isWanted: (value: Value) => boolean,
): FoundRows {
  const wanted = distinct.map(isWanted);
  let [count, first] = [0, -1];
  if (wanted.includes(true)) {
    for (let row = 0; row < length; row++) {
      if (wanted[codeAt(row)] && count++ === 0) first = row;
    }
  }
  return { count, first };
}
