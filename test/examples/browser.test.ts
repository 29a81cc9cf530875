import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findChromium, openPage } from '../../bench/lib/chromium.ts';
import { inRepository, runNode } from '../cli/run-command.ts';
import { writeTinyRun } from '../run/encoder/tiny-run.ts';

const chromium = findChromium();
const folder = mkdtempSync(join(tmpdir(), 'browser-'));
const exported = join(folder, 'exported');
let address = '';
let stop = () => {};

beforeAll(async () => {
  const run = join(folder, 'run');
  await writeTinyRun(run, `data.path=${inRepository('data/cifar10-mini.tar.gz')}`);
  const args = ['--run', run, '--format', 'tfjs', '--output', exported, '--quiet'];
  const { code, stderr } = await runNode([inRepository('bin/cl-export.js'), ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const server = spawn(process.execPath, [inRepository('examples/browser/serve.mjs'), exported]);
  stop = () => server.kill();
  address = String((await once(server.stdout, 'data'))[0]).trim();
});

afterAll(() => {
  stop();
  rmSync(folder, { recursive: true });
});

/** The status of a path, sent as it is written here. */
async function statusOf(path: string): Promise<number | undefined> {
  const asked = request(address, { path }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  return response.statusCode;
}

test('the server of the example gives page, export and TensorFlow.js, and nothing else', async () => {
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const given = ['/', '/page.js', '/export/export.json', '/export/tfjs/model.json', '/tensorflow/tf.min.js'];
  for (const path of given) expect(await statusOf(path), path).toBe(200);
  const refused = [
    '/export/',
    '/export/../../run/config.yaml',
    '/export/%2e%2e/run/config.yaml',
    '/../../package.json',
  ];
  for (const path of [...refused, '/%2e%2e%2f%2e%2e%2fpackage.json', '/none', '/%']) {
    expect(await statusOf(path), path).toBe(404);
  }
});

test.skipIf(chromium === undefined)('the page computes the features that came with the export', async () => {
  const page = await openPage(chromium as string, address);
  try {
    expect(await page.evaluate(`import('/page.js').then(({ ready }) => ready)`)).toBeLessThan(1e-3);
    expect(await page.evaluate(`document.querySelector('#status').textContent`)).toMatch(
      /^resnet18, 32 features, verified: \d\.\de-\d+$/,
    );
  } finally {
    await page.close();
  }
});

test.skipIf(chromium !== undefined)('without a browser, TensorFlow.js in Node computes them', async () => {
  const tf = await import('@tensorflow/tfjs');
  const model = await tf.loadGraphModel(`${address}export/tfjs/model.json`);
  const read = (name: string): Buffer => {
    const bytes = readFileSync(join(exported, 'verification', `${name}.npy`));
    return bytes.subarray(10 + bytes.readUInt16LE(8));
  };
  const pixels = tf.tensor(Int32Array.from(read('images')), [8, 16, 16, 3], 'int32');
  const found = await (model.execute({ images: pixels }) as ReturnType<typeof tf.tensor>).data();
  const features = read('features');
  const expected = Array.from(found, (_, i) => features.readFloatLE(4 * i));
  expect(features).toHaveLength(4 * found.length);
  const largest = Math.max(...Array.from(found, (value, i) => Math.abs(value - (expected[i] as number))));
  expect(largest / Math.max(...expected.map(Math.abs))).toBeLessThan(1e-3);
});
