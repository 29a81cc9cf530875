import { addressOf, cApi, DataType, type Output, type Pointer, typeName, withStatus } from '../c-api.ts';
import { inputsOf } from '../edges.ts';
import type { Graph } from '../graph.ts';
import { opDefinitions } from '../op-definitions.ts';
import type { OpArgument, OpDefinition } from '../protocol.ts';
import type { Recorded } from '../recorded-function.ts';
import { foldedAmong, operationsBehind } from './graph-walk.ts';
import { findKernel, type KernelTable } from './kernel-table.ts';

/** Operations of one type that a GPU does not compute, or whose values cross between card and host. */
export interface PlacementFinding {
  /** `cpu`: no kernel for GPUs; `to-host`: a value is copied from the card, for which the step waits; `to-card`. */
  readonly kind: 'cpu' | 'to-host' | 'to-card';
  /** The operation, for example `Cast`; of a copy the one that reads. */
  readonly operation: string;
  /** The types of its inputs and outputs, for example `float32 -> int32`. */
  readonly types: string;
  /** How often it stands in the function. */
  readonly count: number;
  /** The name of the first, by which it is found. */
  readonly example: string;
}

/** Where a function's operations would be computed on a machine with a GPU. */
export interface FunctionPlacement {
  /** All operations that it needs, once. */
  readonly operations: number;
  /** Those that are computed once, when TensorFlow optimises the graph: of constants and known shapes alone. */
  readonly folded: number;
  /** Those that XLA compiles, which are not asked for. */
  readonly compiled: number;
  readonly onGpu: number;
  readonly onCpu: number;
  readonly findings: readonly PlacementFinding[];
  /** Operations of which TensorFlow has no deterministic kernel for GPUs, by type. */
  readonly notDeterministic: readonly string[];
}

/**
 * Operations that TensorFlow 2.21 refuses on a GPU where results must be deterministic, and those of its kernels that
 * add in any order (its documentation of enable_op_determinism, and the messages in the library).
 */
const NOT_DETERMINISTIC = new Set([
  ...['SoftmaxCrossEntropyWithLogits', 'SparseSoftmaxCrossEntropyWithLogits', 'AdjustContrastv2', 'Bincount'],
  ...['DenseBincount', 'ResizeNearestNeighborGrad', 'CropAndResizeGradImage', 'CropAndResizeGradBoxes'],
  ...['Dilation2DBackpropInput', 'Dilation2DBackpropFilter', 'MaxPoolGradWithArgmax', 'SparseTensorDenseMatMul'],
  ...['FakeQuantWithMinMaxVarsGradient', 'FakeQuantWithMinMaxVarsPerChannelGradient', 'SegmentSum', 'ScatterAdd'],
]);

interface Node {
  readonly pointer: Pointer;
  readonly type: string;
  readonly name: string;
  readonly inputs: readonly Output[];
  readonly definition: OpDefinition;
  readonly place: 'folded' | 'xla' | 'gpu' | 'cpu';
  /** Arguments that its kernel has in the host's memory. */
  readonly host: readonly string[];
}

/** Asks of every operation of a recorded function whether a GPU computes it, and where its values lie. */
export function placeFunction(graph: Graph, { outputs, targets }: Recorded, table: KernelTable): FunctionPlacement {
  const reached = operationsBehind([...Object.values(outputs).map(({ oper }) => oper), ...targets]);
  const definitionOf = opDefinitions(graph.pointer);
  const folded = foldedAmong(graph, reached);
  const nodes = [...graph.operations()].filter((pointer) => reached.has(addressOf(pointer)));
  const all = variablesOnCpu(nodes.map((pointer) => describeNode(pointer, { folded, definitionOf, table })));
  const count = (place: Node['place']): number => all.filter((node) => node.place === place).length;
  const placed = new Map(all.map((node) => [addressOf(node.pointer), node]));
  return {
    operations: all.length,
    folded: count('folded'),
    compiled: count('xla'),
    onGpu: count('gpu'),
    onCpu: count('cpu'),
    findings: tally([...all.flatMap(cpuFinding), ...all.flatMap((node) => copies(node, placed))]),
    notDeterministic: [...new Set(all.flatMap(({ type }) => (NOT_DETERMINISTIC.has(type) ? [type] : [])))],
  };
}

interface Judging {
  readonly folded: ReadonlySet<bigint>;
  readonly definitionOf: (type: string) => OpDefinition;
  readonly table: KernelTable;
}

function describeNode(pointer: Pointer, { folded, definitionOf, table }: Judging): Node {
  const type = String(cApi().TF_OperationOpType(pointer));
  const definition = definitionOf(type);
  const kernel = findKernel(table, type, (attribute) => attributeType(pointer, definition, attribute));
  const computed = isCompiled(pointer) ? 'xla' : kernel === undefined ? 'cpu' : 'gpu';
  return {
    ...{ pointer, type, definition, inputs: inputsOf(pointer), name: String(cApi().TF_OperationName(pointer)) },
    host: kernel?.host ?? [],
    place: folded.has(addressOf(pointer)) ? 'folded' : computed,
  };
}

function attributeType(pointer: Pointer, { attr }: OpDefinition, attribute: string): number | undefined {
  if (attr.find(({ name }) => name === attribute)?.type !== 'type') return undefined;
  return withStatus(`read ${attribute}`, (status) => {
    const value = [0];
    cApi().TF_OperationGetAttrType(pointer, attribute, value, status);
    return value[0];
  });
}

function isCompiled(pointer: Pointer): boolean {
  const status = cApi().TF_NewStatus();
  const value = [0];
  cApi().TF_OperationGetAttrBool(pointer, '_XlaCompile', value, status);
  cApi().TF_DeleteStatus(status);
  return value[0] === 1;
}

/** A variable lies where all that use it can: one without a kernel takes the others along. */
function variablesOnCpu(nodes: readonly Node[]): Node[] {
  const handleOf = (node: Node): bigint | undefined => {
    if (node.type === 'VarHandleOp') return addressOf(node.pointer);
    const handle = node.inputs.find((input) => Number(cApi().TF_OperationOutputType(input)) === DataType.resource);
    return handle && addressOf(handle.oper);
  };
  const onCpu = new Set(nodes.filter(({ place }) => place === 'cpu').map(handleOf));
  return nodes.map((node) => {
    const handle = handleOf(node);
    return handle !== undefined && onCpu.has(handle) ? { ...node, place: 'cpu', host: [] } : node;
  });
}

/** The argument of every input, or of every output: lists have several. */
function expand(pointer: Pointer, args: readonly OpArgument[], side: 'Input' | 'Output'): string[] {
  return args.flatMap(({ name, numberAttr, typeListAttr }) => {
    if (numberAttr === '' && typeListAttr === '') return [name];
    const length = withStatus('measure a list', (status) =>
      Number(cApi()[`TF_Operation${side}ListLength`](pointer, name, status)),
    );
    return Array.from({ length }, () => name);
  });
}

function typesOf({ pointer, inputs }: Node): string {
  const of = (outputs: readonly Output[]): string =>
    [...new Set(outputs.map((output) => typeName(Number(cApi().TF_OperationOutputType(output)))))].join(', ');
  const count = Number(cApi().TF_OperationNumOutputs(pointer));
  return `${of(inputs)} -> ${of(Array.from({ length: count }, (_, index) => ({ oper: pointer, index })))}`;
}

function cpuFinding(node: Node): Omit<PlacementFinding, 'count'>[] {
  if (node.place !== 'cpu') return [];
  return [{ kind: 'cpu', operation: node.type, types: typesOf(node), example: node.name }];
}

/** Values that a node reads out of the other memory; what is fed comes from the host, as it must. */
function copies(node: Node, nodes: ReadonlyMap<bigint, Node>): Omit<PlacementFinding, 'count'>[] {
  if (node.place === 'folded') return [];
  const names = expand(node.pointer, node.definition.inputArg, 'Input');
  return node.inputs.flatMap(({ oper, index }, i) => {
    const from = nodes.get(addressOf(oper));
    if (from === undefined || from.place === 'folded' || from.type === 'Placeholder') return [];
    const isResource = Number(cApi().TF_OperationOutputType({ oper, index })) === DataType.resource;
    if (isResource) return [];
    const made = expand(from.pointer, from.definition.outputArg, 'Output')[index] ?? '';
    const isHeld = liesOnHost(from, made);
    const isRead = liesOnHost(node, names[i] ?? '');
    if (isHeld === isRead) return [];
    const kind = isRead ? ('to-host' as const) : ('to-card' as const);
    return [{ kind, operation: node.type, types: typesOf(node), example: node.name }];
  });
}

function liesOnHost({ place, host }: Node, argument: string): boolean {
  return place === 'cpu' || host.includes(argument);
}

function tally(findings: readonly Omit<PlacementFinding, 'count'>[]): PlacementFinding[] {
  const counted = new Map<string, PlacementFinding>();
  for (const finding of findings) {
    const key = `${finding.kind} ${finding.operation} ${finding.types}`;
    const known = counted.get(key);
    counted.set(key, known ? { ...known, count: known.count + 1 } : { ...finding, count: 1 });
  }
  return [...counted.values()].toSorted((a, b) => b.count - a.count);
}
