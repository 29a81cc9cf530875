import { operation, operations } from '../runtime/ops.ts';
import { createProgram } from '../runtime/program.ts';
import type { SessionOptions } from '../runtime/session-settings.ts';
import type { Tensor } from '../runtime/tf.ts';
import { UserError } from '../util/errors.ts';
import type { StopSignal } from '../util/stop-signal.ts';
import { checkFeatures, countCorrect, type LabelledFeatures, type Score } from './labelled-features.ts';

export const KNN_K = 200;
export const KNN_TEMPERATURE = 0.1;

/** Similarities of one chunk of queries with the whole bank stay below this, in bytes. */
const CHUNK_BYTES = 32 * 2 ** 20;
const LARGEST_CHUNK = 500;

/** exp(1 / temperature) is finite in float64 from here on. */
const LOWEST_TEMPERATURE = 0.0015;

/** As in torch.nn.functional.normalize: shorter vectors are divided by this. */
const SHORTEST = 1e-12;

export interface KnnOptions {
  /** Features that vote; their labels are the votes. */
  readonly bank: LabelledFeatures;
  readonly queries: LabelledFeatures;
  /** Number of voting neighbours; lowered to the size of the bank when that is smaller. */
  readonly k?: number | undefined;
  readonly temperature?: number | undefined;
  /** The queries are the bank itself, row by row: row i does not vote for itself. */
  readonly excludeSelf?: boolean | undefined;
  readonly session?: SessionOptions | undefined;
  readonly signal?: StopSignal | undefined;
}

/** The k nearest rows of the bank for every query, best first; row-major [queries, k]. */
export interface Neighbours {
  readonly k: number;
  readonly indices: Int32Array;
  readonly similarities: Float32Array;
}

export interface KnnResult extends Score {
  readonly k: number;
  readonly temperature: number;
}

/** Divides every row [width] by its Euclidean length. */
export function normalizeRows(features: Float32Array, width: number): Float32Array {
  const result = new Float32Array(features.length);
  for (let from = 0; from < features.length; from += width) {
    let squares = 0;
    for (let j = from; j < from + width; j++) squares += (features[j] as number) ** 2;
    const length = Math.max(Math.sqrt(squares), SHORTEST);
    for (let j = from; j < from + width; j++) result[j] = (features[j] as number) / length;
  }
  return result;
}

/** Copies the neighbours of one query, without the query itself where `self` is one of them. */
function copyNeighbours(found: Neighbours, row: number, target: Neighbours, query: number, self: number): void {
  let next = query * target.k;
  const end = next + target.k;
  for (let i = row * found.k; i < (row + 1) * found.k && next < end; i++) {
    if (found.indices[i] === self) continue;
    target.indices[next] = found.indices[i] as number;
    target.similarities[next++] = found.similarities[i] as number;
  }
}

/**
 * Finds the nearest neighbours by cosine similarity; of equally similar rows the one with the lower index comes first.
 *
 * Works through the queries in chunks, so that memory grows with the bank and not with the queries.
 */
export async function findNeighbours(options: KnnOptions): Promise<Neighbours> {
  const { bank, queries, excludeSelf = false, session = {}, signal } = options;
  const { width } = bank;
  const available = bank.count - (excludeSelf ? 1 : 0);
  const k = Math.min(options.k ?? KNN_K, available);
  const wanted = k + (excludeSelf ? 1 : 0);
  const chunk = Math.max(1, Math.min(LARGEST_CHUNK, queries.count, Math.floor(CHUNK_BYTES / (4 * bank.count))));
  const normalized = normalizeRows(queries.features, width);
  const result: Neighbours = {
    k,
    indices: new Int32Array(queries.count * k),
    similarities: new Float32Array(queries.count * k),
  };
  const shape = [chunk, width];
  const program = await createProgram({
    state: { bank: { dtype: 'float32', shape: [bank.count, width], data: normalizeRows(bank.features, width) } },
    functions: {
      nearest: {
        inputs: { queries: { dtype: 'float32', shape }, k: { dtype: 'int32', shape: [] } },
        build: (state, inputs) => {
          const similarity = operation('MatMul', [inputs['queries'] as Tensor, state['bank'] as Tensor], {
            transpose_a: false,
            transpose_b: true,
          });
          const found = operations('TopKV2', [similarity, inputs['k'] as Tensor], { sorted: true }, 2);
          return { outputs: { similarities: found[0] as Tensor, indices: found[1] as Tensor } };
        },
      },
    },
    session,
  });
  try {
    for (let from = 0; from < queries.count; from += chunk) {
      signal?.throwIfAborted();
      const data = new Float32Array(chunk * width);
      data.set(normalized.subarray(from * width, (from + chunk) * width));
      const found = await program.run('nearest', {
        queries: { dtype: 'float32', shape, data },
        k: { dtype: 'int32', shape: [], data: Int32Array.of(wanted) },
      });
      const part: Neighbours = {
        k: wanted,
        indices: found['indices']?.data as Int32Array,
        similarities: found['similarities']?.data as Float32Array,
      };
      for (let row = 0; row < Math.min(chunk, queries.count - from); row++) {
        copyNeighbours(part, row, result, from + row, excludeSelf ? from + row : -1);
      }
    }
  } finally {
    program.close();
  }
  return result;
}

/** The votes float64 [queries, classes]: every neighbour adds exp(similarity / temperature) to its class. */
export function vote(neighbours: Neighbours, labels: Int32Array, classes: number, temperature: number): Float64Array {
  const { k, indices, similarities } = neighbours;
  const scores = new Float64Array((indices.length / k) * classes);
  for (let i = 0; i < indices.length; i++) {
    const label = labels[indices[i] as number] as number;
    const cell = Math.floor(i / k) * classes + label;
    (scores[cell] as number) += Math.exp((similarities[i] as number) / temperature);
  }
  return scores;
}

/**
 * Classifies frozen features by the weighted votes of their nearest neighbours; classes with equal votes rank in index
 * order.
 *
 * Wu et al., "Unsupervised feature learning via non-parametric instance discrimination" (CVPR 2018), section 3.4, as in
 * lightly's `knn_predict`. Throws a UserError for a bad setting, labels outside the classes or features that are not
 * finite.
 */
export async function knn(options: KnnOptions): Promise<KnnResult> {
  const { bank, queries, temperature = KNN_TEMPERATURE, k = KNN_K } = options;
  if (!Number.isInteger(k) || k < 1)
    throw new UserError(`Expected k to be a whole number from 1, got ${k}.`, { exitCode: 2 });
  if (!(temperature >= LOWEST_TEMPERATURE)) {
    throw new UserError(`Expected a kNN temperature of at least ${LOWEST_TEMPERATURE}, got ${temperature}.`, {
      exitCode: 2,
    });
  }
  checkFeatures('training', bank);
  checkFeatures('test', queries);
  if (options.excludeSelf && bank.count < 2) throw new UserError('Expected at least 2 images to compare, got 1.');
  const neighbours = await findNeighbours(options);
  const scores = vote(neighbours, bank.labels, bank.classes, temperature);
  return { ...countCorrect(scores, queries.labels, bank.classes), k: neighbours.k, temperature };
}
