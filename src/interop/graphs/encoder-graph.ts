import type { Backbone } from '../../backbones/backbone.ts';
import type { Normalization } from '../../config/view-settings.ts';
import { type Layer, type Lookup, scoped } from '../../nn/layer.ts';
import { cApi } from '../../runtime/c-api.ts';
import { createGraph, type Graph } from '../../runtime/graph.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { cast } from '../../runtime/ops.ts';
import { serializeGraph } from '../../runtime/serialize-graph.ts';
import { outputOf, record, type Tensor, type Tensors, tensorOf, tf } from '../../runtime/tf.ts';
import { UserError } from '../../util/errors.ts';
import { decodeGraphDef, type GraphDef, type GraphNode } from './graph-def.ts';
import { simplifyGraph } from './simplify-graph.ts';

/** What a graph is recorded of. */
export interface GraphEncoder {
  readonly backbone: Backbone;
  /** Makes embeddings of features, where they are wanted. */
  readonly projector?: Layer | undefined;
  /** Values of the variables by their names in the state: `backbone.*`, `projector.*`. */
  readonly tensors: Readonly<Record<string, HostTensor>>;
  /** Height and width of the images, in pixels. */
  readonly size: number;
  readonly normalization: Normalization;
}

export interface GraphOptions {
  /** `images`: uint8, normalised inside the graph; `normalized`: float32 that is normalised already. */
  readonly input: 'images' | 'normalized';
  /** `features` [n, f], `embedding` [n, e] of the projector, or `pyramid`: `c2` to `c5` [n, h, w, c]. */
  readonly output: 'features' | 'embedding' | 'pyramid';
}

/** An input or output of a graph, by the name of its operation; its first size, the batch, is free (-1). */
export interface GraphTensor {
  readonly name: string;
  readonly dtype: 'float32' | 'uint8';
  readonly shape: readonly number[];
}

/** An encoder as plain operations of TensorFlow on images [n, size, size, 3], with its variables as constants. */
export interface EncoderGraph extends GraphDef {
  readonly input: GraphTensor;
  readonly outputs: readonly GraphTensor[];
}

/**
 * Records an encoder with its stored BatchNorm statistics as a graph of its own, in float32 whatever it was trained in.
 *
 * Equal encoders give equal graphs, in every process. Throws a UserError for a pyramid of a network without stages, and
 * for a size that the network can't take.
 */
export function recordEncoderGraph(encoder: GraphEncoder, { input, output }: GraphOptions): EncoderGraph {
  const { backbone, tensors, size } = encoder;
  backbone.layer.trace([size, size, 3]);
  const isRaw = input === 'images';
  const images: GraphTensor = {
    name: isRaw ? 'images' : 'input',
    dtype: isRaw ? 'uint8' : 'float32',
    shape: [-1, size, size, 3],
  };
  // For the CPU there are forms that are fast only for a batch that is known.
  const graph = createGraph('gpu');
  try {
    const variables = new Map<string, HostTensor>();
    record(graph, () => {
      const lookup = placeholders(graph, tensors, variables);
      const fed = placeholder(graph, images.name, images);
      const x = isRaw ? normalized(fed, encoder.normalization) : fed;
      for (const [name, tensor] of Object.entries(outputsOf(encoder, output, lookup, x))) {
        graph.add('Identity', [outputOf(tensor)], {}, { name });
      }
    });
    const { nodes, versions } = decodeGraphDef(serializeGraph(graph));
    const shapes = shapesOf(graph);
    const held = nodes.map((node) => ({ ...asConstant(node, variables), shape: shapes.get(node.name) }));
    const names = output === 'pyramid' ? PYRAMID : [output];
    const outputs = names.map((name) => ({ name, dtype: 'float32', shape: shapes.get(name) ?? [] }) as const);
    return { nodes: simplifyGraph(held, names), versions, input: images, outputs };
  } finally {
    graph.close();
  }
}

/** Names of the stages' outputs (Lin et al., arXiv:1612.03144, section 3). */
const PYRAMID = ['c2', 'c3', 'c4', 'c5'];

function outputsOf(
  { backbone, projector }: GraphEncoder,
  output: GraphOptions['output'],
  lookup: Lookup,
  x: Tensor,
): Tensors {
  const mode = { mode: 'eval' } as const;
  if (output === 'pyramid') {
    if (backbone.stages === undefined) {
      throw new UserError('Expected a ResNet for a pyramid of features, got a network without stages.', {
        hint: 'Take the pooled features of a vision transformer: --features pooled.',
        exitCode: 2,
      });
    }
    let y = x;
    const stages = backbone.stages.map((stage, i) => {
      y = stage.apply(scoped(lookup, 'backbone.'), y, mode).y;
      return [PYRAMID[i] as string, y] as const;
    });
    return Object.fromEntries(stages);
  }
  const features = backbone.layer.apply(scoped(lookup, 'backbone.'), x, mode).y;
  if (output === 'features') return { features };
  if (projector === undefined) throw new Error('Expected a projector for embeddings.');
  return { embedding: projector.apply(scoped(lookup, 'projector.'), features, mode).y };
}

/** As `augment` normalises: pixels in [0, 1] less the mean of their channel, divided by its deviation. */
function normalized(images: Tensor, { mean, std }: Normalization): Tensor {
  const pixels = tf.div(cast(images, 'float32'), 255);
  return tf.div(tf.sub(pixels, tf.tensor1d([...mean])), tf.tensor1d([...std]));
}

function placeholder(graph: Graph, name: string, { dtype, shape }: Pick<HostTensor, 'dtype' | 'shape'>): Tensor {
  return tensorOf({ oper: graph.add('Placeholder', [], { dtype, shape }, { name }), index: 0 });
}

/**
 * Variables as placeholders that get their values when the graph is recorded, so that TensorFlow never copies those.
 * The backbone's are named as in the library whose names they have.
 */
function placeholders(
  graph: Graph,
  tensors: Readonly<Record<string, HostTensor>>,
  variables: Map<string, HostTensor>,
): Lookup {
  const made: Record<string, Tensor> = {};
  return (name) => {
    const value = tensors[name];
    if (value === undefined) throw new Error(`The state has no tensor '${name}'.`);
    const short = name.replace(/^backbone\./, '');
    variables.set(short, value);
    made[short] ??= placeholder(graph, short, value);
    return made[short];
  };
}

function asConstant(node: GraphNode, variables: ReadonlyMap<string, HostTensor>): GraphNode {
  const tensor = variables.get(node.name);
  const dtype = node.attributes['dtype'];
  if (tensor === undefined || dtype === undefined) return node;
  return { ...node, op: 'Const', attributes: { dtype, value: { tensor } } };
}

/** Shapes of the first outputs as TensorFlow inferred them, by operation. */
function shapesOf(graph: Graph): Map<string, readonly number[]> {
  return new Map(
    Array.from(graph.operations(), (oper) => [
      String(cApi().TF_OperationName(oper)),
      graph.info({ oper, index: 0 }).shape,
    ]),
  );
}
