import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Pair, visit } from 'yaml';
import type { Path } from './path.ts';

/** A node itself, or the one that an alias stands for. */
function follow(document: Document, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

/** Whether a pair merges other mappings into its own (`<<: *base`). */
function isMerge({ key }: Pair<unknown, unknown>): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
}

/** What a merge key names: one mapping or a list of them, the first of which win. */
function mergedNodes(document: Document, { value }: Pair<unknown, unknown>): unknown[] {
  const node = follow(document, value);
  return (isSeq(node) ? node.items : [node]).map((item) => follow(document, item));
}

/** The pair of a key in a mapping, or else in those that are merged into it. */
function findPair(document: Document, map: unknown, key: Path[number]): Pair<unknown, unknown> | undefined {
  if (!isMap(map)) return undefined;
  const own = map.items.find((pair) => isScalar(pair.key) && pair.key.value === key && !isMerge(pair));
  if (own !== undefined) return own;
  const merged = map.items.filter(isMerge).flatMap((pair) => mergedNodes(document, pair));
  for (const node of merged) {
    const pair = findPair(document, node, key);
    if (pair !== undefined) return pair;
  }
  return undefined;
}

const startOf = (node: unknown): number | undefined =>
  (node as { range?: readonly number[] | undefined } | null)?.range?.[0];

/**
 * Where the key or the value at `path` begins in the text; the nearest parent's key when there is no such path. What an
 * alias or a merge key brings stands where it was written.
 */
export function nodeOffset(document: Document, path: Path, at: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const [i, key] of path.entries()) {
    const parent = follow(document, node);
    const pair = findPair(document, parent, key);
    node = isSeq(parent) ? parent.items[Number(key)] : pair?.value;
    const [keyStart, valueStart] = [startOf(pair?.key), startOf(node)];
    const start = at === 'value' && i === path.length - 1 ? (valueStart ?? keyStart) : (keyStart ?? valueStart);
    if (start === undefined) return offset;
    offset = start;
  }
  return offset;
}

/** An alias that stands for nothing that could be written in its place. */
interface WrongAlias {
  /** Where it begins in the text. */
  readonly offset: number;
  /** The name of its anchor. */
  readonly name: string;
  /** Whether it stands inside of what it stands for; else nothing before it has its name. */
  readonly isCircle: boolean;
}

/** The first alias inside of what it stands for, or without an anchor before it; undefined where there is none. */
export function findWrongAlias(document: Document): WrongAlias | undefined {
  let wrong: WrongAlias | undefined;
  visit(document, {
    Alias(_, alias, ancestors) {
      const target = alias.resolve(document);
      const isCircle = target !== undefined && ancestors.includes(target);
      if (target !== undefined && !isCircle) return undefined;
      wrong = { offset: startOf(alias) ?? 0, name: alias.source, isCircle };
      return visit.BREAK;
    },
  });
  return wrong;
}

/** Where the last alias begins: aliases of aliases stand for most there. */
export function lastAliasOffset(document: Document): number {
  let last = 0;
  visit(document, {
    Alias(_, alias) {
      last = startOf(alias) ?? last;
    },
  });
  return last;
}

/** Where merge keys begin in the text that name anything but mappings. */
export function wrongMerges(document: Document): number[] {
  const wrong: number[] = [];
  visit(document, {
    Pair(_, pair) {
      if (isMerge(pair) && !mergedNodes(document, pair).every(isMap)) wrong.push(startOf(pair.key) ?? 0);
    },
  });
  return wrong;
}

/** The keys at the top whose values hold anchors (`base: &base`). */
export function anchoredKeys(document: Document): string[] {
  if (!isMap(document.contents)) return [];
  return document.contents.items.flatMap(({ key, value }) => {
    let isAnchored = false;
    if (isNode(value)) {
      visit(value, {
        Node(_, node) {
          isAnchored ||= !isAlias(node) && node.anchor !== undefined;
        },
      });
    }
    return isAnchored && isScalar(key) ? [String(key.value)] : [];
  });
}
