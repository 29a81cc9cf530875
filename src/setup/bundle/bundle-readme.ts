import { formatBytes } from '../../util/format-bytes.ts';
import { type Bundle, sumBytes } from './bundle-manifest.ts';

/** The text that lies in a bundle for whoever finds it. */
export function readmeText(bundle: Bundle): string {
  const { version, tensorflow, platform, architecture, parts, files } = bundle;
  const build = tensorflow.variant === 'gpu' ? 'for NVIDIA GPUs, with the CUDA libraries that it loads' : 'for CPUs';
  return `cl-train ${version} with TensorFlow ${tensorflow.version} ${build}
${platform} ${architecture}; ${parts.length} parts, ${formatBytes(sumBytes(parts))}; installed ${formatBytes(sumBytes(files))}

To install it on a machine with Node 20.19 or later, without a network, copy all of this folder there. Then, from it:

    node install.mjs FOLDER                          # the tool into FOLDER, TensorFlow into ~/.cache/cl-train
    node FOLDER/bin/cl-train.js quickstart           # a first training, on images that came with it

Where the tool is already: cl-doctor --install --from THIS_FOLDER brings TensorFlow alone.

bundle.json has the size and SHA-256 of every part and every file. The parts are one tar archive, compressed by Brotli:

    cat part-* | brotli -d | tar t

${tensorflow.variant === 'gpu' ? "NVIDIA's libraries are under NVIDIA's license agreements for CUDA and cuDNN.\n" : ''}`
    .trimEnd()
    .concat('\n');
}
