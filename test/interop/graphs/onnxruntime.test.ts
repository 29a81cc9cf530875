import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type GraphEncoder, recordEncoderGraph } from '../../../src/interop/graphs/encoder-graph.ts';
import { encodeOnnxModel } from '../../../src/interop/graphs/onnx/encode-onnx.ts';
import type { HostTensor } from '../../../src/runtime/host-tensor.ts';
import { expectNear, transpose } from '../../support-tensors.ts';
import { ownFeatures, TINY, tinyImages } from './tiny-encoders.ts';

// CL_PYTHON names a Python with onnx, onnxruntime and numpy.
const { CL_PYTHON } = process.env;

const folder = mkdtempSync(join(tmpdir(), 'cl-onnx-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Checks a model by ONNX's own checker, runs it on a file of numbers, and prints the shapes and values it gives. */
const RUN = `
import json, sys, numpy, onnx, onnxruntime
path, data, shape = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
onnx.checker.check_model(path, full_check=True)
session = onnxruntime.InferenceSession(path)
(given,) = session.get_inputs()
dtype = {'tensor(uint8)': 'u1', 'tensor(float)': '<f4'}[given.type]
values = session.run(None, {given.name: numpy.fromfile(data, dtype).reshape(shape)})
names = [output.name for output in session.get_outputs()]
print(json.dumps({n: {'shape': v.shape, 'data': v.ravel().tolist()} for n, v in zip(names, values)}))
`;

test.skipIf(CL_PYTHON === undefined).each(Object.keys(TINY))(
  'onnxruntime computes our features, and the checker finds nothing: %s (CL_PYTHON)',
  async (name) => {
    const encoder = TINY[name] as GraphEncoder;
    const images = tinyImages(encoder, 3);
    const own = await ownFeatures(encoder, images);
    const outputs =
      encoder.backbone.stages === undefined ? (['features'] as const) : (['features', 'pyramid'] as const);
    for (const input of ['images', 'normalized'] as const) {
      for (const output of outputs) {
        const fed = input === 'images' ? images : transpose(own['normalized'] as HostTensor, [0, 3, 1, 2]);
        const paths = ['encoder.onnx', 'input.bin'].map((file) => join(folder, file));
        writeFileSync(paths[0] as string, encodeOnnxModel(recordEncoderGraph(encoder, { input, output }), { a: 'b' }));
        writeFileSync(paths[1] as string, fed.data);
        const given = [...paths, JSON.stringify(fed.shape)];
        const text = execFileSync(CL_PYTHON as string, ['-c', RUN, ...given], { encoding: 'utf8', maxBuffer: 2 ** 28 });
        const results = JSON.parse(text) as Record<string, { shape: number[]; data: number[] }>;
        expect(Object.keys(results)).toEqual(output === 'features' ? ['features'] : ['c2', 'c3', 'c4', 'c5']);
        for (const [key, { shape, data }] of Object.entries(results)) {
          const wanted = own[key] as HostTensor;
          const found: HostTensor = { dtype: 'float32', shape, data: Float32Array.from(data) };
          expectNear(found, shape.length === 4 ? transpose(wanted, [0, 3, 1, 2]) : wanted);
        }
      }
    }
  },
);
