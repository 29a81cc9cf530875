import { createHash } from 'node:crypto';
import { recordEncoderGraph } from '../../../src/interop/graphs/encoder-graph.ts';
import { encodeOnnxModel } from '../../../src/interop/graphs/onnx/encode-onnx.ts';
import { savedModelFiles } from '../../../src/interop/graphs/saved-model.ts';
import { tfjsFiles } from '../../../src/interop/graphs/tfjs-model.ts';
import { TINY } from './tiny-encoders.ts';

/** SHA-256 of each file that each tiny encoder becomes. */
export function hashesOf(): Record<string, string> {
  const files = Object.entries(TINY).flatMap(([name, encoder]) => {
    const graph = recordEncoderGraph(encoder, { input: 'images', output: 'features' });
    const made = { ...savedModelFiles(graph), ...tfjsFiles(graph), onnx: encodeOnnxModel(graph, { b: '1', a: '2' }) };
    return Object.entries(made).map(([path, bytes]) => [`${name}: ${path}`, bytes] as const);
  });
  return Object.fromEntries(files.map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]));
}
