import { elementCount, type HostTensor } from '../../runtime/host-tensor.ts';
import { isPickled, type PickleCall, type PickleMap, type PickleValue, showName } from './pickle-values.ts';
import { PARAMETERS, TENSORS } from './torch-pickle-names.ts';
import { STORAGES, type StorageType } from './torch-storages.ts';

/** A tensor as a pickle has it: a view of a storage, which lies elsewhere in the file. Sizes are in elements. */
export interface TensorView {
  /** The keys that lead to it, joined by dots: `state_dict.conv1.weight`. */
  readonly name: string;
  readonly storage: string;
  readonly type: StorageType;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Tensors of a file, those of an optimizer too. */
const MOST_TENSORS = 100_000;

/** Values that are looked at, each as often as something leads to it. */
const MOST_VISITS = 2_000_000;

const DEEPEST = 64;

/** Characters of a tensor's name. */
const LONGEST_NAME = 1024;

/** Axes that PyTorch has at most. */
const MOST_AXES = 64;

/**
 * The tensors of a pickled value, by the keys that lead to them.
 *
 * @throws RangeError for tensors that contradict themselves, names that two have, and values that contain themselves.
 */
export function findTensorViews(root: PickleValue): TensorView[] {
  const found = new Map<string, TensorView>();
  const path = new Set<PickleMap | PickleValue[]>();
  let visits = 0;
  const enter = (value: PickleMap | PickleValue[], name: string): void => {
    if (path.has(value)) throw new RangeError(`"${showName(name)}" contains itself`);
    if (path.size >= DEEPEST) throw new RangeError(`"${showName(name)}" lies more than ${DEEPEST} levels deep`);
    path.add(value);
    for (const [key, item] of value instanceof Map ? value : value.entries()) {
      visit(item, name === '' ? String(key) : `${name}.${key}`);
    }
    path.delete(value);
  };
  const visit = (value: PickleValue, name: string): void => {
    if (++visits > MOST_VISITS) throw new RangeError(`its values are reached in more than ${MOST_VISITS} ways`);
    if (value instanceof Map || Array.isArray(value)) enter(value, name);
    else add(tensorCall(value), name);
  };
  const add = (call: PickleCall | undefined, name: string): void => {
    if (call === undefined) return;
    if (name === '') throw new RangeError('it holds one tensor without a name, not a dictionary of tensors');
    if (name.length > LONGEST_NAME) throw new RangeError(`a tensor's name has ${name.length} characters`);
    if (found.has(name)) throw new RangeError(`two tensors are called "${showName(name)}"`);
    if (found.size >= MOST_TENSORS) throw new RangeError(`it has more than ${MOST_TENSORS} tensors`);
    found.set(name, asView(name, call));
  };
  visit(root, '');
  return [...found.values()];
}

function tensorCall(value: PickleValue | undefined): PickleCall | undefined {
  if (!isPickled(value, 'call')) return undefined;
  if (TENSORS.includes(value.name)) return value;
  return PARAMETERS.includes(value.name) ? tensorCall(value.args[0]) : undefined;
}

const isSize = (value: PickleValue | undefined): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const isSizes = (value: PickleValue | undefined): value is number[] =>
  Array.isArray(value) && value.length <= MOST_AXES && value.every(isSize);

function asView(name: string, { args }: PickleCall): TensorView {
  const fail = (problem: string): never => {
    throw new RangeError(`tensor "${showName(name)}" ${problem}`);
  };
  const [reference, offset, shape, strides, , , state] = args;
  if (!isPickled(reference, 'reference') || !Array.isArray(reference.id)) return fail('has no storage');
  const [, named, key] = reference.id;
  const type = isPickled(named, 'global') ? STORAGES[named.name] : undefined;
  if (type === undefined || typeof key !== 'string') return fail('has no storage');
  if (!isSize(offset) || !isSizes(shape) || !isSizes(strides) || shape.length !== strides.length) {
    return fail('has a damaged shape');
  }
  if (state instanceof Map && state.size > 0) return fail('is conjugate or negative, which is not read');
  if (!Number.isSafeInteger(elementCount(shape))) return fail('has a damaged shape');
  return { name, storage: key, type, offset, shape, strides };
}

/** One more than the last element of its storage that a view reaches. */
export function viewEnd({ offset, shape, strides }: TensorView): number {
  if (elementCount(shape) === 0) return 0;
  return shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] as number), offset) + 1;
}

/** The values of a view in row-major order, out of all values of its storage. */
export function gatherView({ type, offset, shape, strides }: TensorView, values: HostTensor['data']): HostTensor {
  const count = elementCount(shape);
  if (isContiguous(shape, strides)) {
    const data = count === values.length ? values : values.slice(offset, offset + count);
    return { dtype: type.dtype, shape, data };
  }
  const data = new (values.constructor as Float32ArrayConstructor)(count) as HostTensor['data'];
  const place = shape.map(() => 0);
  let at = offset;
  for (let i = 0; i < count; i++) {
    data[i] = values[at] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] as number;
      const next = (place[axis] as number) + 1;
      if (next < (shape[axis] as number)) {
        place[axis] = next;
        at += stride;
        break;
      }
      at -= stride * (next - 1);
      place[axis] = 0;
    }
  }
  return { dtype: type.dtype, shape, data };
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    if (size > 1 && strides[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}
