import type { GraphNode } from './graph-def.ts';
import { typeOf } from './node-attributes.ts';

/**
 * The operations that outputs (each an Identity of that name) are made of, without those that only hand on a value;
 * what an output hands on gets its name, and others are named by the parameter that they read:
 * `layer1.0.conv1/Conv2D`.
 */
export function simplifyGraph(nodes: readonly GraphNode[], outputs: readonly string[]): GraphNode[] {
  const kept = keepReached(passThrough(nodes, outputs), outputs);
  return nameByParameters(mergeOutputs(kept, outputs), outputs);
}

const nodeOf = (input: string): string => input.split(':', 1)[0] as string;

function isIdle(node: GraphNode): boolean {
  if (node.op === 'StopGradient' || node.op === 'Identity') return true;
  return node.op === 'Cast' && typeOf(node, 'SrcT') === typeOf(node, 'DstT');
}

/** Readers of an idle operation read what it reads. */
function passThrough(nodes: readonly GraphNode[], outputs: readonly string[]): GraphNode[] {
  const sources = new Map<string, string>();
  return nodes.flatMap((node) => {
    const inputs = node.inputs.map((input) => sources.get(input) ?? input);
    if (isIdle(node) && !outputs.includes(node.name)) {
      sources.set(node.name, inputs[0] as string);
      return [];
    }
    return [{ ...node, inputs }];
  });
}

function keepReached(nodes: readonly GraphNode[], outputs: readonly string[]): GraphNode[] {
  const reached = new Set(outputs);
  // Inputs come first: from the end, all readers of an operation are seen before it.
  const kept = nodes.toReversed().filter(({ name, inputs }) => {
    if (!reached.has(name)) return false;
    for (const input of inputs) reached.add(nodeOf(input));
    return true;
  });
  return kept.toReversed();
}

/** The operation that an output hands on takes its name, where it is computed and hands on to no other output. */
function mergeOutputs(nodes: readonly GraphNode[], outputs: readonly string[]): GraphNode[] {
  const computed = new Set(nodes.filter(({ inputs }) => inputs.length > 0).map(({ name }) => name));
  const names = new Map<string, string>();
  const kept = nodes.filter(({ name, inputs: [source = ''] }) => {
    if (!outputs.includes(name) || !computed.has(source) || names.has(source)) return true;
    names.set(source, name);
    return false;
  });
  return kept.map((node) => rename(node, names));
}

/** Renames operations; one whose new name another has already keeps its own. */
function nameByParameters(nodes: readonly GraphNode[], outputs: readonly string[]): GraphNode[] {
  const taken = new Set(nodes.map(({ name }) => name));
  const constants = new Set(nodes.filter(({ op }) => op === 'Const').map(({ name }) => name));
  const names = new Map<string, string>();
  for (const { name, op, inputs } of nodes) {
    const parameter = inputs.find((input) => constants.has(input) && /\.(?:weight|bias)$/.test(input));
    const wanted = `${parameter?.replace(/\.\w+$/, '')}/${op}`;
    if (parameter === undefined || taken.has(wanted) || outputs.includes(name)) continue;
    taken.add(wanted);
    names.set(name, wanted);
  }
  return nodes.map((node) => rename(node, names));
}

/** A node with other names for it and for what it reads. */
function rename(node: GraphNode, names: ReadonlyMap<string, string>): GraphNode {
  const inputs = node.inputs.map((input) => {
    const name = nodeOf(input);
    return `${names.get(name) ?? name}${input.slice(name.length)}`;
  });
  return { ...node, name: names.get(node.name) ?? node.name, inputs };
}
