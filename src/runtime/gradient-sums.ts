import { createHash } from 'node:crypto';
import { addressOf, cApi, type Output, withStatus } from './c-api.ts';
import { inputsOf } from './edges.ts';
import { currentGraph } from './tf.ts';

/** What an operation computes, as far as it orders the terms of a sum. */
interface Term {
  readonly isGradient: boolean;
  /** The place in the graph of the latest operation outside the gradients that it was computed from directly. */
  readonly latest: number;
  /** Equal in every process; differs between operations of another kind, or on other inputs. */
  readonly key: string;
}

/** Sums of two are the same whichever comes first. */
const FEWEST = 3;

/**
 * Puts the terms of all sums among the gradients named `prefix` into one order: that of what they are the gradients of,
 * latest first.
 *
 * TensorFlow's C++ gradients pass through the inputs of an operation with more than four (joining the groups of a
 * BatchNorm, or the views of multi-crop) in the order of their addresses in memory. So the gradients of a tensor that
 * is used more than twice arrive in an order that differs from process to process, and sums of floats with them.
 */
export function orderGradientSums(prefix: string): void {
  const api = cApi();
  const { pointer, operations } = currentGraph();
  const terms = new Map<bigint, Term>();
  let place = 0;
  for (const operation of operations()) {
    const name = String(api.TF_OperationName(operation));
    if (!name.startsWith(`${prefix}/`)) {
      terms.set(addressOf(operation), { isGradient: false, latest: place++, key: name });
      continue;
    }
    const type = String(api.TF_OperationOpType(operation));
    const inputs = inputsOf(operation);
    const named = inputs.map((input) => ({ input, term: termOf(terms, input) }));
    if (type === 'AddN' && inputs.length >= FEWEST) {
      named.sort(
        (a, b) => b.term.latest - a.term.latest || compareKeys(a.term.key, b.term.key) || a.input.index - b.input.index,
      );
      for (const [index, { input }] of named.entries()) {
        if (isSame(input, inputs[index])) continue;
        withStatus('order a sum of gradients', (status) =>
          api.TF_UpdateEdge(pointer, input, { oper: operation, index }, status),
        );
      }
    }
    const outside = named.filter(({ term }) => !term.isGradient);
    const latest = Math.max(-1, ...(outside.length > 0 ? outside : named).map(({ term }) => term.latest));
    const text = [type, ...named.map(({ input, term }) => `${term.key}:${input.index}`)].join(' ');
    terms.set(addressOf(operation), { isGradient: true, latest, key: createHash('sha1').update(text).digest('hex') });
  }
}

function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function termOf(terms: ReadonlyMap<bigint, Term>, { oper }: Output): Term {
  const term = terms.get(addressOf(oper));
  if (term === undefined) throw new Error('Expected the inputs of an operation before it.');
  return term;
}

function isSame(a: Output, b: Output | undefined): boolean {
  return b !== undefined && addressOf(a.oper) === addressOf(b.oper) && a.index === b.index;
}
