import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type * as tfjs from '@tensorflow/tfjs';
import type { TfjsJob, TfjsOutcome } from './run-tfjs-model.ts';

// tfjs as browsers have it, on its own CPU backend: in a thread, since in this process it records TensorFlow's graphs.

const tf = createRequire(import.meta.url)('@tensorflow/tfjs') as typeof tfjs;

/** The artifacts of a graph model's folder; weights are looked for in it alone. */
function readArtifacts(folder: string): tfjs.io.ModelArtifacts {
  const { modelTopology, signature, weightsManifest } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
  const groups = weightsManifest as { paths: string[]; weights: tfjs.io.WeightsManifestEntry[] }[];
  const shards = groups.flatMap(({ paths }) => paths.map((path) => readFileSync(join(folder, basename(path)))));
  return {
    format: 'graph-model',
    modelTopology,
    signature,
    weightSpecs: groups.flatMap(({ weights }) => weights),
    weightData: new Uint8Array(Buffer.concat(shards)).buffer,
  };
}

async function run({ folder, input }: TfjsJob): Promise<TfjsOutcome> {
  await tf.setBackend('cpu');
  const model = await tf.loadGraphModel({ load: async () => readArtifacts(folder) });
  const dtype = input.dtype === 'float32' ? 'float32' : 'int32';
  const fed = tf.tensor(dtype === 'int32' ? Int32Array.from(input.data) : input.data, [...input.shape], dtype);
  const name = model.inputs[0]?.name ?? '';
  const names = Object.keys((model.modelSignature as { outputs: object | undefined } | undefined)?.outputs ?? {});
  const results = model.execute({ [name]: fed }, names) as tfjs.Tensor | tfjs.Tensor[];
  const tensors = Array.isArray(results) ? results : [results];
  const outputs = tensors.map((tensor, i) => {
    return [
      names[i] ?? '',
      { dtype: 'float32', shape: tensor.shape, data: tensor.dataSync() as Float32Array },
    ] as const;
  });
  return { outputs: Object.fromEntries(outputs) };
}

run(workerData as TfjsJob).then(
  (outcome) => parentPort?.postMessage(outcome),
  (error: unknown) => parentPort?.postMessage({ problem: error instanceof Error ? error.message : String(error) }),
);
