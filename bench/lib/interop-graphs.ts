import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { HostTensor } from '../../src/index.ts';
import { openSavedModel } from '../../src/runtime/saved-model.ts';
import { openPage } from './chromium.ts';
import type { OnnxRuntime } from './interop-tools.ts';

/** Features of some images, row by row. */
export type Rows = Float32Array;

/** Images that go through a graph at once. */
const CHUNK = 8;

async function inChunks(images: HostTensor, run: (chunk: HostTensor) => Promise<Float32Array>): Promise<Rows> {
  const [count = 0, height = 0, width = 0] = images.shape;
  const stride = height * width * 3;
  const parts: Float32Array[] = [];
  for (let from = 0; from < count; from += CHUNK) {
    const rows = Math.min(CHUNK, count - from);
    const data = (images.data as Uint8Array).subarray(from * stride, (from + rows) * stride);
    parts.push(await run({ dtype: 'uint8', shape: [rows, height, width, 3], data } as HostTensor));
  }
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

/** Features by onnxruntime-node of an export whose input is uint8 images. */
export async function embedByOnnx(runtime: OnnxRuntime, exported: string, images: HostTensor): Promise<Rows> {
  const session = await runtime.InferenceSession.create(join(exported, 'encoder.onnx'));
  const rows = await inChunks(images, async ({ data, shape }) => {
    const { features } = await session.run({ images: new runtime.Tensor('uint8', data as Uint8Array, shape) });
    return features?.data as Float32Array;
  });
  await session.release();
  return rows;
}

/** Features by a SavedModel, as TensorFlow's C API loads it. */
export async function embedBySavedModel(exported: string, images: HostTensor): Promise<Rows> {
  const model = openSavedModel(join(exported, 'saved_model'), { device: 'cpu' });
  try {
    return await inChunks(images, async (chunk) => (await model.run({ images: chunk }))['features']?.data as Rows);
  } finally {
    model.close();
  }
}

/** The address that the example's server prints for an export. */
async function serve(exported: string) {
  const server = spawn(process.execPath, [join('examples', 'browser', 'serve.mjs'), exported], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(server.stdout, 'data');
  return { address: String(line).trim(), stop: () => server.kill() };
}

/** What a browser says of an export. */
export interface BrowserFeatures {
  readonly rows: Rows;
  /** TensorFlow.js' backend, such as `webgl`. */
  readonly backend: string;
  /** The largest difference from the verification pair, as the example's page tells it. */
  readonly verified: number;
}

/** Features by TensorFlow.js in the example's page. */
export async function embedInBrowser(chromium: string, exported: string, images: HostTensor): Promise<BrowserFeatures> {
  const { address, stop } = await serve(exported);
  const page = await openPage(chromium, address);
  try {
    const example = `import('/page.js')`;
    const verified = (await page.evaluate(`${example}.then(({ ready }) => ready)`)) as number;
    const rows = await inChunks(images, async ({ data, shape }) => {
      const bytes = Buffer.from(data as Uint8Array).toString('base64');
      const pixels = `tf.tensor(Int32Array.from(atob('${bytes}'), (c) => c.charCodeAt(0)), ${JSON.stringify(shape)})`;
      return Float32Array.from(
        ((await page.evaluate(`${example}.then(({ embed }) => embed(${pixels}))`)) as number[][]).flat(),
      );
    });
    return { rows, backend: (await page.evaluate('tf.getBackend()')) as string, verified };
  } finally {
    await page.close();
    stop();
  }
}
