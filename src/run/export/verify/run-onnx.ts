import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { float32, type HostTensor } from '../../../runtime/host-tensor.ts';

/** Not a dependency (its binary is as large as this tool); used where somebody has installed it. */
const RUNTIME = 'onnxruntime-node';

interface OnnxTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** The part of onnxruntime-node that is used. */
interface OnnxRuntime {
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OnnxTensor;
  readonly InferenceSession: {
    create(path: string): Promise<{
      readonly inputNames: readonly string[];
      run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
    }>;
  };
}

/** The runtime as it is found from here, or from the working directory; undefined where it is not installed. */
async function loadRuntime(): Promise<OnnxRuntime | undefined> {
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), 'x'))]) {
    try {
      return createRequire(from)(RUNTIME) as OnnxRuntime;
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

/** Runs an ONNX model by ONNX Runtime; undefined where that is not installed. */
export async function runOnnx(path: string, input: HostTensor): Promise<Record<string, HostTensor> | undefined> {
  const runtime = await loadRuntime();
  if (runtime === undefined) return undefined;
  const session = await runtime.InferenceSession.create(path);
  const fed = new runtime.Tensor(input.dtype, input.data, input.shape);
  const results = await session.run({ [session.inputNames[0] ?? '']: fed });
  return Object.fromEntries(Object.entries(results).map(([name, { data, dims }]) => [name, float32(data, dims)]));
}
