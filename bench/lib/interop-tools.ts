import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ensureFolder, PIP_INSTALL, runLoudly } from './ensure-folder.ts';

/** What reads exported encoders in Python, beside PyTorch; with what they need themselves, so that pip adds nothing. */
export const INTEROP_PACKAGES = [
  'timm==1.0.31',
  'safetensors==0.8.0',
  'onnx==1.23.2',
  'onnxruntime==1.32.0',
  'protobuf==7.36.2',
  'ml_dtypes==0.6.0',
  'flatbuffers==25.12.19',
] as const;

/** What runs ONNX files in Node: 288 MB, so no dependency of the package. */
export const ONNX_RUNTIME_NODE = '1.30.0';

/** A folder for PYTHONPATH with `INTEROP_PACKAGES`; PyTorch and torchvision are those of the given Python. */
export function ensureInteropPackages(python: string): Promise<string> {
  return ensureFolder('interop', INTEROP_PACKAGES, (folder) =>
    runLoudly(python, [...PIP_INSTALL, '--no-deps', '--target', folder, ...INTEROP_PACKAGES]),
  );
}

/** The part of onnxruntime-node that is used. */
export interface OnnxRuntime {
  readonly InferenceSession: { create(path: string): Promise<OnnxSession> };
  readonly Tensor: new (
    type: 'uint8' | 'float32',
    data: Uint8Array | Float32Array,
    shape: readonly number[],
  ) => unknown;
}

interface OnnxSession {
  run(feeds: Readonly<Record<string, unknown>>): Promise<Record<string, { data: Float32Array; dims: number[] }>>;
  release(): Promise<void>;
}

/** onnxruntime-node, installed at the first call without its script, which would fetch builds for GPUs. */
export async function loadOnnxRuntime(): Promise<OnnxRuntime> {
  const wanted = `onnxruntime-node@${ONNX_RUNTIME_NODE}`;
  const folder = await ensureFolder('onnxruntime-node', [wanted], async (made) => {
    await writeFile(join(made, 'package.json'), '{ "private": true }\n');
    await runLoudly('npm', ['install', '--ignore-scripts', '--no-save', '--prefix', made, wanted]);
  });
  return createRequire(join(folder, 'package.json'))('onnxruntime-node') as OnnxRuntime;
}
