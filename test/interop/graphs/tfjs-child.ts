import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';

// What a page does: loads a graph model over HTTP with TensorFlow.js as it comes, on its CPU backend, and runs it on
// images: tfjs-child.ts FOLDER, with { name, dtype, shape, data } as JSON on standard input.

interface Task {
  readonly name: string;
  readonly dtype: 'float32' | 'int32';
  readonly shape: number[];
  readonly data: number[];
}

const [folder = '.'] = process.argv.slice(2);
const tf = (await import('@tensorflow/tfjs')) as typeof tfjs;
const server = createServer((request, response) => response.end(readFileSync(join(folder, request.url ?? ''))));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;

const tasks = JSON.parse(readFileSync(0, 'utf8')) as Task[];
await tf.setBackend('cpu');
const model = await tf.loadGraphModel(`http://127.0.0.1:${port}/model.json`);
const results = tasks.map(({ name, dtype, shape, data }) => {
  const outputs = model.outputs.map((output) => output.name);
  const values = [model.execute({ [name]: tf.tensor(data, shape, dtype) }, outputs)].flat();
  return Object.fromEntries(
    values.map((value, i) => [outputs[i], { shape: value.shape, data: [...value.dataSync()] }]),
  );
});
const inputs = model.inputs.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
process.stdout.write(JSON.stringify({ backend: tf.getBackend(), inputs, signature: model.modelSignature, results }));
server.close();
