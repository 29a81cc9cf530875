import { queueContrast } from '../losses/info-nce.ts';
import { l2Normalize } from '../losses/l2-normalize.ts';
import { stopGradient } from '../runtime/ops.ts';
import { type Tensor, tf } from '../runtime/tf.ts';
import { embeddingStd } from './embedding-std.ts';
import { createKeyShuffle } from './key-shuffle.ts';
import type { EmaDecay, Method, MethodParts, ProjectorOptions } from './method.ts';
import { applyEach, applyTarget, encoder, moveTarget, targetVariables } from './networks.ts';
import { enqueue, queueVariables } from './queue.ts';

/** Settings of MoCo v1, v2 and v2+. */
export interface MocoOptions {
  readonly temperature: number;
  readonly queueSize: number;
  /** 2: the keys of each view have a queue of their own (version 2+). */
  readonly queues: 1 | 2;
  /** Both views ask and answer, and their losses are averaged or added. */
  readonly symmetric: 'none' | 'mean' | 'sum';
  readonly emaDecay: EmaDecay;
  readonly batchNormGroups: number;
  readonly shuffleKeys: boolean;
  readonly projector: ProjectorOptions;
}

/** Times that the queue turns over before a loss at chance means anything. */
const TURNS_AT_CHANCE = 10;

/**
 * MoCo (He et al., arXiv:1911.05722, algorithm 1; version 2 arXiv:2003.04297): queries of the network are told from a
 * queue of older keys, which a moving average of the network made.
 *
 * The queue takes the keys after every loss of the step has used it. Symmetric forms as in the authors' CIFAR demo (one
 * queue, both views' keys) and solo-learn's MoCo v2+ (a queue for each view).
 */
export function moco(options: MocoOptions, parts: MethodParts): Method {
  const { temperature, queueSize, symmetric, emaDecay, projector } = options;
  const network = encoder(parts, projector);
  const directions = symmetric === 'none' ? 1 : 2;
  const shuffle = createKeyShuffle(options.shuffleKeys, directions);
  const queues = Array.from({ length: options.queues }, (_, i) => (options.queues === 1 ? 'queue' : `queue.${i}`));
  /** The queue that the keys of a view belong to. */
  const queueOf = (view: number): string => queues[view % queues.length] as string;
  const context = { mode: 'train', batchNormGroups: options.batchNormGroups } as const;
  return {
    variables: Object.assign(
      { ...network.variables, ...targetVariables(network) },
      ...queues.map((queue) => queueVariables(queue, queueSize, projector.out)),
    ),
    inputs: shuffle.inputs,
    collects: (n) =>
      Object.fromEntries(queues.map((queue) => [queue, [(n * directions) / queues.length, projector.out]])),
    forward(lookup, views, inputs) {
      const asking = views.slice(0, directions);
      const answering = views.slice(0, 2).toReversed().slice(0, directions);
      const queries = applyEach(network, lookup, asking, context);
      const keys = applyTarget(network, lookup, shuffle.before(answering, inputs), context);
      const q = queries.ys.map(l2Normalize);
      const k = shuffle.after(keys.ys, inputs).map((y) => stopGradient(l2Normalize(y)));
      // Direction i asks with view i and is answered by the other.
      const losses = q.map((query, i) => queueContrast(query, k[i] as Tensor, lookup(queueOf(1 - i)), temperature));
      const sum = losses.reduce((a, b) => tf.add(a, b));
      const entering = queues.map((queue) => {
        const own = k.map((key, i) => ({ key, view: 1 - i })).filter(({ view }) => queueOf(view) === queue);
        return [
          queue,
          tf.concat(
            own.toSorted((a, b) => a.view - b.view).map(({ key }) => key),
            0,
          ),
        ] as const;
      });
      return {
        loss: symmetric === 'mean' ? tf.div(sum, directions) : sum,
        buffers: { ...queries.buffers, ...keys.buffers },
        metrics: { embeddingStd: embeddingStd(q[0] as Tensor) },
        collected: Object.fromEntries(entering),
      };
    },
    advance({ before, after, collected, emaStep }) {
      const moved: Record<string, Tensor> = { ...moveTarget(network, before, after, emaStep) };
      for (const [name, keys] of Object.entries(collected)) {
        const next = enqueue(before(name), before(`${name}.position`), keys);
        Object.assign(moved, { [name]: next.queue, [`${name}.position`]: next.position });
      }
      return moved;
    },
    emaDecay,
    // The loss rises while the random keys leave, and stays near chance until the queue has turned over some times.
    stepsAtChance: (n) => Math.ceil((TURNS_AT_CHANCE * queueSize * options.queues) / (n * directions)),
    chanceLoss: () => (symmetric === 'sum' ? 2 : 1) * Math.log(queueSize + 1),
  };
}
