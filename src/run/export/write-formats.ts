import { dirname, join } from 'node:path';
import type { FileTensor } from '../../checkpoint/dtypes.ts';
import { writeSafetensors } from '../../checkpoint/safetensors-write.ts';
import type { ExportFormat } from '../../config/export-formats.ts';
import { type EncoderGraph, recordEncoderGraph } from '../../interop/graphs/encoder-graph.ts';
import { encodeOnnxModel } from '../../interop/graphs/onnx/encode-onnx.ts';
import { savedModelFiles } from '../../interop/graphs/saved-model.ts';
import { tfjsFiles } from '../../interop/graphs/tfjs-model.ts';
import { toTorchLayout } from '../../interop/torch/torch-layout.ts';
import { type TorchLibrary, torchTensors } from '../../interop/torch/torch-names.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { makeFolders } from '../../util/make-folders.ts';
import type { EncoderDescription } from './description.ts';
import type { ExportChoice } from './export-choice.ts';
import { type ExportedEncoder, tensorsOf } from './exported-encoder.ts';
import { FORMAT_PATHS } from './manifest.ts';

/** What exported files say of themselves: recognised by this tool, and readable by people. */
export function fileMetadata(description: EncoderDescription, tool: string): Record<string, string> {
  return { tool, encoder: JSON.stringify(description) };
}

const NONE_COUNTED: FileTensor = { dtype: 'int64', shape: [], data: BigInt64Array.of(0n) };

/** The tensors of a projector as PyTorch's nn.Sequential has them, under `projector.`. */
function projectorTensors(tensors: Readonly<Record<string, HostTensor>>): Record<string, FileTensor> {
  const own = Object.entries(tensorsOf(tensors, 'projector.'));
  return Object.fromEntries(
    own.flatMap(([name, tensor]): [string, FileTensor][] => {
      const written = [`projector.${name}`, toTorchLayout(name, tensor)] as [string, FileTensor];
      const counter = `projector.${name.replace(/running_var$/, 'num_batches_tracked')}`;
      return name.endsWith('.running_var') ? [written, [counter, NONE_COUNTED]] : [written];
    }),
  );
}

async function writeTorch(
  path: string,
  library: TorchLibrary,
  { settings, view, tensors }: ExportedEncoder,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const backbone = torchTensors(library, { backbone: settings, size: view.transform.size, tensors });
  await writeSafetensors(path, { ...backbone, ...projectorTensors(tensors) }, { format: 'pt', ...metadata });
}

/** Writes files by their relative paths into a folder that is made. */
async function writeFiles(folder: string, files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await makeFolders(dirname(join(folder, path)));
    await writeFileAtomic(join(folder, path), content);
  }
}

/** The encoder as a graph, on the input and with the outputs that were chosen. */
function graphOf({ backbone, projector, tensors, view }: ExportedEncoder, choice: ExportChoice): EncoderGraph {
  const { size } = view.transform;
  const encoder = { backbone, projector: projector?.layer, tensors, size, normalization: view.normalization };
  const output = projector !== undefined ? 'embedding' : choice.features === 'pyramid' ? 'pyramid' : 'features';
  return recordEncoderGraph(encoder, { input: choice.input, output });
}

/** Writes an encoder in a format into an export's folder. */
export async function writeFormat(
  format: ExportFormat,
  folder: string,
  encoder: ExportedEncoder,
  choice: ExportChoice,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const path = join(folder, FORMAT_PATHS[format]);
  switch (format) {
    case 'torchvision':
    case 'timm':
      return writeTorch(path, format, encoder, metadata);
    case 'onnx':
      return writeFileAtomic(path, encodeOnnxModel(graphOf(encoder, choice), metadata));
    case 'savedmodel':
      return writeFiles(path, savedModelFiles(graphOf(encoder, choice)));
    case 'tfjs':
      return writeFiles(path, tfjsFiles(graphOf(encoder, choice)));
  }
}
