import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ProgramAnswer } from '../../../src/util/gpu/ask-program.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/gpu');

/** What a program printed: `test/fixtures/gpu/NAME.txt` without its head. */
export function recorded(name: string): string {
  return readFileSync(join(FOLDER, `${name}.txt`), 'utf8').replace(/^#.*\n/, '');
}

/** An answer of `nvidia-smi` with the exit code of its head. */
export function answered(name: string): ProgramAnswer {
  const [head = ''] = readFileSync(join(FOLDER, `${name}.txt`), 'utf8').split('\n');
  return { status: Number(head.match(/exit (\d+)/)?.[1]), stdout: recorded(name), stderr: '' };
}

/** Parts of a machine's file system. */
export interface Machine {
  /** Of the recordings, for `/proc/driver/nvidia/version`. */
  readonly module?: string | undefined;
  /** Folders that hold `libcuda.so.1`, or that name the file of its version, which a link leads to. */
  readonly libraries?: readonly string[] | undefined;
  /** Drivers of NVIDIA cards on the bus; null for none. */
  readonly cards?: readonly (string | null)[] | undefined;
  /** Other files, empty. */
  readonly files?: readonly string[] | undefined;
}

/** Makes the root of a machine in a folder. */
export function makeMachine(root: string, { module, libraries = [], cards = [], files = [] }: Machine): string {
  const write = (path: string, text = ''): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  if (module !== undefined) write('proc/driver/nvidia/version', recorded(module));
  for (const library of libraries) {
    if (!/libcuda\.so/.test(library)) write(join(library, 'libcuda.so.1'));
    else {
      write(library);
      symlinkSync(basename(library), join(root, dirname(library), 'libcuda.so.1'));
    }
  }
  for (const [i, driver] of cards.entries()) {
    const device = `sys/bus/pci/devices/0000:0${i + 1}:00.0`;
    write(join(device, 'vendor'), '0x10de\n');
    write(join(device, 'class'), '0x030200\n');
    if (driver === null) continue;
    mkdirSync(join(root, 'sys/bus/pci/drivers', driver), { recursive: true });
    symlinkSync(join('../../drivers', driver), join(root, device, 'driver'));
  }
  for (const file of files) write(file);
  return root;
}

/** Writes a stand-in for `nvidia-smi` that answers by recordings, and counts its calls in `calls`. */
export function writeNvidiaSmi(
  folder: string,
  { cards, processes, list }: { readonly cards: string; readonly processes?: string; readonly list?: string },
): string {
  mkdirSync(folder, { recursive: true });
  const answer = (name: string): string => `cat ${join(folder, name)}; exit ${answered(name).status}`;
  for (const name of [cards, processes, list])
    if (name !== undefined) writeFileSync(join(folder, name), recorded(name));
  const path = join(folder, 'nvidia-smi');
  const lines = [
    '#!/bin/sh',
    `echo "$1" >> ${join(folder, 'calls')}`,
    'case "$1" in',
    `--query-gpu=*) ${answer(cards)};;`,
    ...(processes === undefined ? [] : [`--query-compute-apps=*) ${answer(processes)};;`]),
    ...(list === undefined ? [] : [`-L) ${answer(list)};;`]),
    'esac',
    'exit 2',
  ];
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o755 });
  return path;
}
