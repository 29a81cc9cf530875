import type { HostTensor, TensorSpec } from '../runtime/host-tensor.ts';
import { UserError } from '../util/errors.ts';
import { shorten } from '../util/shorten.ts';

/** Names listed of each kind of problem; the rest is counted. */
const LISTED = 8;

/**
 * Picks the tensors that a program expects out of those of a checkpoint: all of them, nothing else, each of its shape
 * and dtype.
 *
 * @param expected shape and dtype by name.
 * @param origin where the tensors come from, for the message.
 * @throws UserError listing what is missing, unexpected or different.
 */
export function restore(
  expected: Readonly<Record<string, TensorSpec>>,
  tensors: Readonly<Record<string, HostTensor>>,
  origin: string,
): Record<string, HostTensor> {
  const has = (record: object, name: string): boolean => Object.hasOwn(record, name);
  const different = Object.entries(expected).flatMap(([name, spec]) => {
    const found = has(tensors, name) ? tensors[name] : undefined;
    if (found === undefined || describe(found) === describe(spec)) return [];
    return [`${name}: expected ${describe(spec)}, got ${describe(found)}`];
  });
  const problems = [
    ...list(
      'missing',
      Object.keys(expected).filter((name) => !has(tensors, name)),
    ),
    ...list(
      'unexpected',
      Object.keys(tensors).filter((name) => !has(expected, name)),
    ),
    ...list('different', different),
  ];
  if (problems.length > 0) {
    throw new UserError(`The tensors of ${origin} don't fit this configuration:\n${problems.join('\n')}`, {
      hint: 'Use the configuration that the checkpoint was trained with.',
    });
  }
  return Object.fromEntries(Object.keys(expected).map((name) => [name, tensors[name] as HostTensor]));
}

function describe({ dtype, shape }: TensorSpec): string {
  return `${dtype} [${shape.join(', ')}]`;
}

function list(kind: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const more = items.length > LISTED ? [`    and ${items.length - LISTED} more`] : [];
  return [`  ${kind} (${items.length}):`, ...items.slice(0, LISTED).map((item) => `    ${shorten(item)}`), ...more];
}
