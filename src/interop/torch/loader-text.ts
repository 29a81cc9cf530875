import { formatLoader, type LoadedEncoder } from './loader-lines.ts';
import { timmLoader } from './timm-loader.ts';
import type { TorchLibrary } from './torch-names.ts';
import { torchvisionLoader } from './torchvision-loader.ts';

/**
 * Python source of `load_encoder(path)`: builds an encoder from the library's own classes, fills it strictly from a
 * safetensors file with the tensors of `torchTensors`, and returns it in evaluation mode.
 *
 * It needs the package safetensors. Tried with torchvision 0.29 and timm 1.0.31, with PyTorch 2.15.
 */
export function loaderText(library: TorchLibrary, encoder: LoadedEncoder): string {
  return formatLoader((library === 'timm' ? timmLoader : torchvisionLoader)(encoder), encoder);
}
