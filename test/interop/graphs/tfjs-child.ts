import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';

// What a page does: loads graph models over HTTP with TensorFlow.js as it comes, on its CPU backend, and runs them on
// images: tfjs-child.ts FOLDER, with tasks as JSON on standard input.

interface Task {
  /** The model's folder in FOLDER. */
  readonly model: string;
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
const results: unknown[] = [];
for (const { model: path, name, dtype, shape, data } of tasks) {
  const model = await tf.loadGraphModel(`http://127.0.0.1:${port}/${path}/model.json`);
  const names = model.outputs.map((output) => output.name);
  const values = [model.execute({ [name]: tf.tensor(data, shape, dtype) }, names)].flat();
  const outputs = values.map((value, i) => [names[i], { shape: value.shape, data: [...value.dataSync()] }]);
  const inputs = model.inputs.map((input) => ({ name: input.name, shape: input.shape, dtype: input.dtype }));
  results.push({ inputs, signature: model.modelSignature, outputs: Object.fromEntries(outputs) });
}
process.stdout.write(JSON.stringify({ backend: tf.getBackend(), results }));
server.close();
