import { relative, resolve } from 'node:path';
import { formatBytes } from '../../util/format-bytes.ts';
import { shellWord } from '../../util/shell-word.ts';
import type { InstalledBundle } from './install-bundle.ts';

/** What was installed, in one line, and what is to be known of the machine. */
export function describeInstalled(
  { bundle, tensorflow, added }: InstalledBundle,
  seconds: number,
  tool: string | undefined,
  hasDriver: boolean,
): string {
  const { version, variant } = bundle.tensorflow;
  const library = `TensorFlow ${version} (${variant}) in ${tensorflow}`;
  const all = tool === undefined ? library : `cl-train ${bundle.version} in ${resolve(tool)}, ${library}`;
  const done =
    added === 0
      ? `Nothing to install: all of it is there. ${all}`
      : `Installed ${formatBytes(added)} in ${Math.ceil(seconds)} s: ${all}`;
  return [done, ...noteOnDriver(variant, hasDriver)].join('\n');
}

function noteOnDriver(variant: 'cpu' | 'gpu', hasDriver: boolean): string[] {
  if (variant === 'cpu' && hasDriver) {
    return [
      'warning: this machine has an NVIDIA driver, but the bundle holds the CPU build: with CL_TENSORFLOW=cpu the programs ' +
        'run on the CPU, without it they ask for the GPU build. For the GPU, make a bundle by cl-doctor --bundle DIR --gpu',
    ];
  }
  return variant === 'gpu' && !hasDriver ? ['note: this machine has no NVIDIA driver: training runs on the CPU'] : [];
}

/** The commands that work after an installation, and those that put the programs on the path. */
export function nextCommands(
  { bundle }: InstalledBundle,
  tool: string,
  hasDriver: boolean,
  folder = process.cwd(),
): string {
  const beside = relative(folder, resolve(tool));
  const bin = `${beside.startsWith('..') ? resolve(tool) : beside || '.'}/bin`;
  const choice = bundle.tensorflow.variant === 'cpu' && hasDriver ? 'CL_TENSORFLOW=cpu ' : '';
  const file = (name: string): string => `${choice}node ${shellWord(`${bin}/${name}.js`)}`;
  const links = shellWord(`${resolve(tool)}/bin`);
  return `next:
  ${file('cl-train')} quickstart     # a first training, on images that came with it
  ${file('cl-doctor')}               # what was found on this machine
on the path, as cl-train and so on:
  mkdir -p ~/.local/bin
  for name in train eval embed export data doctor; do ln -sf ${links}/cl-$name.js ~/.local/bin/cl-$name; done
`;
}
