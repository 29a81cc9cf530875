import { createPickleMachine } from './pickle-machine.ts';
import { OPERATIONS } from './pickle-operations.ts';
import { type PickleValue, showName } from './pickle-values.ts';

const STOP = 0x2e;

const BY_CODE = new Map(Object.values(OPERATIONS).map(([code, run]) => [code, run]));

/** A pickle that names functions or classes which are not allowed; `names` are all of them, in its order. */
export class RefusedNames extends RangeError {
  readonly names: readonly string[];

  constructor(names: readonly string[]) {
    super(`it names ${names.slice(0, 3).map(showName).join(', ')}${names.length > 3 ? ', ...' : ''}`);
    this.name = 'RefusedNames';
    this.names = names;
  }
}

/**
 * Reads the values of a Python pickle, protocols 0 to 5, and executes nothing: names of functions and classes are
 * compared with `allowed`, and calls of them come back as records. Time and memory are bounded by its bytes.
 *
 * https://docs.python.org/3/library/pickletools.html
 *
 * @throws RefusedNames for functions or classes that are not allowed; RangeError for a damaged pickle.
 */
export function readPickle(bytes: Uint8Array, allowed: (name: string) => boolean): PickleValue {
  const machine = createPickleMachine(bytes, allowed);
  let value: PickleValue;
  try {
    for (let code = next(); code !== STOP; code = next()) {
      const run = BY_CODE.get(code);
      if (run === undefined) {
        throw new RangeError(`the pickle has an operation 0x${code.toString(16)}, which is not read`);
      }
      run(machine);
    }
    value = machine.pop();
  } catch (error) {
    if (error instanceof RangeError && machine.refused.size > 0) throw new RefusedNames([...machine.refused]);
    throw error;
  }
  if (machine.refused.size > 0) throw new RefusedNames([...machine.refused]);
  return value;

  function next(): number {
    return machine.view.getUint8(machine.take(1));
  }
}
