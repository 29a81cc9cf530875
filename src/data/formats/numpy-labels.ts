import { codeValues } from '../../util/coded-values.ts';
import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { itemBytes, type NpyArray } from '../files/npy.ts';
import { canRead, readValues } from '../files/npy-values.ts';
import { type Labels, numberLabels, withoutLabels } from '../sources/labels.ts';

/**
 * The labels that an array of one value an image says: whole numbers (also as floats), truth values or names.
 *
 * Several values an image, Python objects and other types are no labels, for a reason that is told.
 *
 * @param count images that they belong to.
 * @param memoryBytes that it may take.
 * @throws UserError (exit code 2) for an array of another length.
 */
export async function numpyLabels(
  array: NpyArray,
  count: number,
  images: string,
  memoryBytes: number,
): Promise<Labels> {
  const { shape, type, where } = array;
  const isRow = shape.length === 2 && shape[0] === 1 && count > 1;
  const length = shape[isRow ? 1 : 0] ?? 0;
  if (length !== count) {
    throw new UserError(`expected ${count} labels, as many as images in ${images}, got ${length} in ${where}`, {
      hint: 'Save the labels of these images, or train without: --set data.labels=none',
      exitCode: 2,
    });
  }
  if (!isRow && shape.slice(1).some((side) => side !== 1)) {
    return withoutLabels(`${where} is ${shape.join(' x ')}, one-hot or multi-label, and not a class for each image`);
  }
  if (type === '|O') {
    return withoutLabels(`${where} holds Python objects, which are never loaded: save it with astype(str)`);
  }
  if (!canRead(type)) return withoutLabels(`${where} has the type ${type || 'of a structure'}, not numbers or names`);
  const bytes = count * (itemBytes(type) ?? 1);
  if (bytes > memoryBytes) {
    return withoutLabels(
      `${where} takes ${formatBytes(bytes)}, more than data.memoryBudget (${formatBytes(memoryBytes)})`,
    );
  }
  return numberLabels(codeValues<unknown>(await readValues(array, 0, count)), (index) => `${where}[${index}]`);
}
