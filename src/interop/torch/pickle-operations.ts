import type { PickleMachine } from './pickle-machine.ts';
import type { PickleValue } from './pickle-values.ts';

type Operation = readonly [code: number, run: (machine: PickleMachine) => void];

/** Digits of a number that is written as text. */
const MOST_DIGITS = 400;

const BYTES: PickleValue = { kind: 'call', name: 'builtins.bytes', args: [] };

/** Passes over bytes, whose content nobody needs. */
function skipBytes(machine: PickleMachine, length: number): void {
  machine.take(length);
  machine.push(BYTES);
}

function numberOf(text: string): number {
  if (text.length > MOST_DIGITS || !/^[-+]?(\d+(\.\d*)?(e[-+]?\d+)?|inf|nan)L?$/i.test(text)) {
    throw new RangeError('the pickle has a number that is none');
  }
  return Number(text.replace(/L$/, '').replace(/inf/i, 'Infinity').replace(/nan/i, 'NaN'));
}

function popTuple(machine: PickleMachine, count: number): PickleValue[] {
  return Array.from({ length: count }, () => machine.pop()).reverse();
}

/** Calls what lies on the stack under its arguments. */
function callTop(machine: PickleMachine): void {
  const [callee, args] = popTuple(machine, 2) as [PickleValue, PickleValue];
  machine.push(machine.call(callee, args));
}

/** The operation I01 is true, I00 false. */
const FLAGS: Readonly<Record<string, boolean>> = { '00': false, '01': true };

/** A call of the first value behind the mark with the others. */
function callMarked(machine: PickleMachine): void {
  const [callee = null, ...args] = machine.popToMark();
  machine.push(machine.call(callee, args));
}

function nameOnStack(machine: PickleMachine): void {
  const [module, name] = popTuple(machine, 2);
  if (typeof module !== 'string' || typeof name !== 'string') throw new RangeError('the pickle names no function');
  machine.push(machine.global(module, name));
}

/**
 * The operations of pickles, protocols 0 to 5, but those of Python's registry of extensions and of buffers outside of
 * the file. Names: https://github.com/python/cpython/blob/main/Lib/pickletools.py
 */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  PROTO: [0x80, (m) => void m.take(1)],
  FRAME: [0x95, (m) => void m.take(8)],
  MARK: [0x28, (m) => m.mark()],
  POP: [0x30, (m) => m.drop()],
  POP_MARK: [0x31, (m) => void m.popToMark()],
  DUP: [0x32, (m) => m.push(m.top())],

  NONE: [0x4e, (m) => m.push(null)],
  NEWTRUE: [0x88, (m) => m.push(true)],
  NEWFALSE: [0x89, (m) => m.push(false)],
  BININT: [0x4a, (m) => m.push(m.view.getInt32(m.take(4), true))],
  BININT1: [0x4b, (m) => m.push(m.view.getUint8(m.take(1)))],
  BININT2: [0x4d, (m) => m.push(m.view.getUint16(m.take(2), true))],
  BINFLOAT: [0x47, (m) => m.push(m.view.getFloat64(m.take(8)))],
  LONG1: [0x8a, (m) => m.push(m.long(m.view.getUint8(m.take(1))))],
  INT: [
    0x49,
    (m) => {
      const text = m.line();
      m.push(FLAGS[text] ?? numberOf(text));
    },
  ],
  LONG: [0x4c, (m) => m.push(numberOf(m.line()))],
  FLOAT: [0x46, (m) => m.push(numberOf(m.line()))],

  SHORT_BINUNICODE: [0x8c, (m) => m.push(m.text(m.view.getUint8(m.take(1))))],
  BINUNICODE: [0x58, (m) => m.push(m.text(m.view.getUint32(m.take(4), true)))],
  BINUNICODE8: [0x8d, (m) => m.push(m.text(m.size()))],
  SHORT_BINSTRING: [0x55, (m) => m.push(m.text(m.view.getUint8(m.take(1))))],
  BINSTRING: [0x54, (m) => m.push(m.text(m.view.getInt32(m.take(4), true)))],
  STRING: [0x53, (m) => m.push(m.line().slice(1, -1))],
  UNICODE: [0x56, (m) => m.push(m.line())],
  SHORT_BINBYTES: [0x43, (m) => skipBytes(m, m.view.getUint8(m.take(1)))],
  BINBYTES: [0x42, (m) => skipBytes(m, m.view.getUint32(m.take(4), true))],
  BINBYTES8: [0x8e, (m) => skipBytes(m, m.size())],
  BYTEARRAY8: [0x96, (m) => skipBytes(m, m.size())],

  EMPTY_DICT: [0x7d, (m) => m.push(new Map())],
  EMPTY_LIST: [0x5d, (m) => m.push([])],
  EMPTY_TUPLE: [0x29, (m) => m.push([])],
  EMPTY_SET: [0x8f, (m) => m.push([])],
  DICT: [0x64, (m) => m.push(m.map(m.popToMark()))],
  LIST: [0x6c, (m) => m.push(m.popToMark())],
  TUPLE: [0x74, (m) => m.push(m.popToMark())],
  FROZENSET: [0x91, (m) => m.push(m.popToMark())],
  TUPLE1: [0x85, (m) => m.push(popTuple(m, 1))],
  TUPLE2: [0x86, (m) => m.push(popTuple(m, 2))],
  TUPLE3: [0x87, (m) => m.push(popTuple(m, 3))],
  SETITEM: [0x73, (m) => m.setItems(popTuple(m, 2))],
  SETITEMS: [0x75, (m) => m.setItems(m.popToMark())],
  APPEND: [0x61, (m) => m.append(popTuple(m, 1))],
  APPENDS: [0x65, (m) => m.append(m.popToMark())],
  ADDITEMS: [0x90, (m) => m.append(m.popToMark())],

  PUT: [0x70, (m) => m.remember(numberOf(m.line()), m.top())],
  BINPUT: [0x71, (m) => m.remember(m.view.getUint8(m.take(1)), m.top())],
  LONG_BINPUT: [0x72, (m) => m.remember(m.view.getUint32(m.take(4), true), m.top())],
  MEMOIZE: [0x94, (m) => m.remember(m.remembered.size, m.top())],
  GET: [0x67, (m) => m.recall(numberOf(m.line()))],
  BINGET: [0x68, (m) => m.recall(m.view.getUint8(m.take(1)))],
  LONG_BINGET: [0x6a, (m) => m.recall(m.view.getUint32(m.take(4), true))],

  GLOBAL: [0x63, (m) => m.push(m.global(m.line(), m.line()))],
  STACK_GLOBAL: [0x93, nameOnStack],
  PERSID: [0x50, (m) => m.push({ kind: 'reference', id: m.line() })],
  BINPERSID: [0x51, (m) => m.push({ kind: 'reference', id: m.pop() })],
  REDUCE: [0x52, callTop],
  NEWOBJ: [0x81, callTop],
  NEWOBJ_EX: [
    0x92,
    (m) => {
      m.drop();
      callTop(m);
    },
  ],
  OBJ: [0x6f, callMarked],
  INST: [
    0x69,
    (m) => {
      const named = m.global(m.line(), m.line());
      m.push(m.call(named, m.popToMark()));
    },
  ],
  // What an OrderedDict has beside its items, such as the versions of its modules (_metadata), names no tensor.
  BUILD: [0x62, (m) => m.drop()],
};
