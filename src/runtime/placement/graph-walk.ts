import { addressOf, cApi, type Output, type Pointer } from '../c-api.ts';
import { inputsOf } from '../edges.ts';
import type { Graph } from '../graph.ts';

/** What only hands on a shape that is known when the graph is optimised. */
const OF_SHAPES = new Set(['Shape', 'ShapeN', 'Size', 'Rank']);

/** The operations that others are computed from, and these. */
export function operationsBehind(ends: readonly Pointer[]): Set<bigint> {
  const seen = new Set<bigint>();
  const waiting = [...ends];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(addressOf(next))) continue;
    seen.add(addressOf(next));
    waiting.push(...inputsOf(next).map(({ oper }) => oper));
  }
  return seen;
}

/** Operations of constants and of known shapes alone. Inputs may come after what reads them: gradients are rewired. */
export function foldedAmong(graph: Graph, reached: ReadonlySet<bigint>): Set<bigint> {
  const folded = new Map<bigint, boolean>();
  const isKnown = (input: Output): boolean => graph.info(input).shape.every((size) => size >= 0);
  const isFolded = (pointer: Pointer): boolean => {
    const address = addressOf(pointer);
    const known = folded.get(address);
    if (known !== undefined) return known;
    const type = String(cApi().TF_OperationOpType(pointer));
    const inputs = inputsOf(pointer);
    const result =
      type === 'Const' ||
      (OF_SHAPES.has(type) && inputs.every(isKnown)) ||
      (inputs.length > 0 && inputs.every(({ oper }) => isFolded(oper)));
    folded.set(address, result);
    return result;
  };
  // In the graph's order, so that the recursion stays shallow.
  for (const pointer of graph.operations()) if (reached.has(addressOf(pointer))) isFolded(pointer);
  return new Set([...folded].flatMap(([address, is]) => (is ? [address] : [])));
}
