import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { diagnoseSigns } from '../../../src/util/gpu/diagnose-signs.ts';
import type { GpuProblemKind } from '../../../src/util/gpu/gpu-problem.ts';
import { readGpuSigns, showsCard } from '../../../src/util/gpu/gpu-signs.ts';
import { type Machine, makeMachine } from './recordings.ts';

const LIBRARIES = ['usr/lib/x86_64-linux-gnu'];
const WHOLE: Machine = { module: 'module-570', libraries: LIBRARIES, cards: ['nvidia'], files: ['dev/nvidia0'] };

type Case = readonly [
  what: string,
  machine: Machine,
  environment: Readonly<Record<string, string>>,
  kind: GpuProblemKind | undefined,
  problem: RegExp,
  hint: RegExp,
];

const CASES: readonly Case[] = [
  ['a machine that is in order', WHOLE, {}, undefined, /^$/, /^$/],
  ['no card', {}, {}, 'no-card', /this machine shows none/, /--device cpu/],
  [
    'an image for GPUs without one',
    { libraries: LIBRARIES, files: ['.dockerenv'] },
    {},
    'no-card',
    /libcuda\.so\.1 is there, but is of no use/,
    /host of this container/,
  ],
  [
    'a card without a driver',
    { cards: [null] },
    {},
    'no-driver',
    /card at 0000:01:00\.0, found none/,
    /ubuntu-drivers install/,
  ],
  ['nouveau', { cards: ['nouveau'] }, {}, 'nouveau', /got nouveau/, /ubuntu-drivers install/],
  [
    'a card of a virtual machine',
    { cards: ['vfio-pci'] },
    {},
    'other-kernel-driver',
    /got vfio-pci/,
    /virtual machine/,
  ],
  [
    'a module that is not loaded',
    { cards: [null], libraries: LIBRARIES },
    {},
    'module-not-loaded',
    /kernel module for the NVIDIA card at/,
    /modprobe nvidia/,
  ],
  [
    'a container without --gpus',
    { module: 'module-570', cards: ['nvidia'], files: ['.dockerenv'] },
    {},
    'container-without-gpu',
    /\(570\.144\), which is the host's, but no libcuda/,
    /docker run --gpus all/,
  ],
  [
    'one under Kubernetes',
    { module: 'module-570' },
    { KUBERNETES_SERVICE_HOST: '10.0.0.1' },
    'container-without-gpu',
    /no libcuda/,
    /nvidia\.com\/gpu: 1/,
  ],
  [
    'a container without the files of its card',
    { ...WHOLE, files: ['run/.containerenv', 'dev/nvidiactl'] },
    {},
    'container-without-gpu',
    /no \/dev\/nvidia0/,
    /podman run/,
  ],
  [
    'a machine without those files',
    { ...WHOLE, files: [] },
    {},
    'no-device-files',
    /no.*found none|found none/,
    /nvidia-modprobe/,
  ],
  [
    'a driver without its libraries',
    { module: 'module-570', cards: ['nvidia'] },
    {},
    'library-missing',
    /\(570\.144\), found none/,
    /libnvidia-compute/,
  ],
  [
    'a driver that was updated',
    { ...WHOLE, libraries: ['usr/lib64/libcuda.so.570.195'] },
    {},
    'version-mismatch',
    /got 570\.144 in the kernel and 570\.195 in the libraries/,
    /Restart/,
  ],
  ['libraries of its version', { ...WHOLE, libraries: ['usr/lib64/libcuda.so.570.144'] }, {}, undefined, /^$/, /^$/],
  [
    'a driver that is too old',
    { ...WHOLE, module: 'module-470' },
    {},
    'driver-too-old',
    /from 525\.60\.13 on, for the CUDA 12 .*, got 470\.256\.02/,
    /ubuntu-drivers/,
  ],
  [
    'no device named',
    WHOLE,
    { CUDA_VISIBLE_DEVICES: '' },
    'hidden-empty',
    /got '', which hides all/,
    /unset CUDA_VISIBLE_DEVICES/,
  ],
  [
    'device -1',
    WHOLE,
    { CUDA_VISIBLE_DEVICES: '-1' },
    'hidden',
    /got '-1', which hides all/,
    /unset CUDA_VISIBLE_DEVICES/,
  ],
  [
    'a job of Slurm without a GPU',
    WHOLE,
    { CUDA_VISIBLE_DEVICES: 'NoDevFiles', SLURM_JOB_ID: '7' },
    'not-allocated',
    /Slurm gave it none/,
    /--gres=gpu:1/,
  ],
  [
    'devices hidden from a container',
    { ...WHOLE, files: ['.dockerenv', 'dev/nvidiactl'] },
    { NVIDIA_VISIBLE_DEVICES: 'none' },
    'hidden-from-container',
    /NVIDIA_VISIBLE_DEVICES='none' asks for none/,
    /--gpus all/,
  ],
  [
    'the CPU build',
    WHOLE,
    { CL_TENSORFLOW: 'cpu' },
    'cpu-build',
    /CL_TENSORFLOW=cpu takes the one for the CPU/,
    /unset CL_TENSORFLOW/,
  ],
  ['WSL in order', { libraries: ['usr/lib/wsl/lib'], files: ['dev/dxg'] }, {}, undefined, /^$/, /^$/],
  [
    'WSL without a driver in Windows',
    { files: ['dev/dxg'] },
    {},
    'wsl-no-library',
    /\/usr\/lib\/wsl\/lib, found none/,
    /in Windows.*wsl --update/,
  ],
  [
    'WSL with a driver for Linux',
    { libraries: ['usr/lib/wsl/lib', ...LIBRARIES], files: ['dev/dxg'] },
    {},
    'wsl-shadowed',
    /comes first, of a driver for Linux/,
    /LD_LIBRARY_PATH=\/usr\/lib\/wsl\/lib/,
  ],
];

function signsOf(machine: Machine, environment: Readonly<Record<string, string>>, architecture = 'x64') {
  const root = makeMachine(mkdtempSync(join(tmpdir(), 'gpu-')), machine);
  onTestFinished(() => rmSync(root, { recursive: true }));
  return readGpuSigns(environment, root, architecture);
}

it.each(CASES)('%s', (_what, machine, environment, kind, problem, hint) => {
  const [found] = diagnoseSigns(signsOf(machine, environment));
  expect(found?.kind).toBe(kind);
  expect(found?.problem ?? '').toMatch(problem);
  expect(found?.hint ?? '').toMatch(hint);
});

it('tells a card that lies idle from none', () => {
  expect(showsCard(signsOf({}, {}))).toBe(false);
  expect(showsCard(signsOf({ libraries: LIBRARIES }, {}))).toBe(false);
  expect(showsCard(signsOf({ files: ['dev/dxg'] }, {}))).toBe(false);
  expect(showsCard(signsOf({ cards: ['nouveau'] }, {}))).toBe(true);
  expect(showsCard(signsOf({ module: 'module-570' }, {}))).toBe(true);
  expect(showsCard(signsOf({ libraries: ['usr/lib/wsl/lib'], files: ['dev/dxg'] }, {}))).toBe(true);
});

it('knows of no CUDA build for other processors', () => {
  const [found] = diagnoseSigns(signsOf(WHOLE, {}, 'arm64'));
  expect(found).toMatchObject({ kind: 'no-cuda-build', problem: expect.stringContaining('got arm64') });
});

it('sees libraries that LD_LIBRARY_PATH puts before those of the build', () => {
  const root = makeMachine(mkdtempSync(join(tmpdir(), 'gpu-')), {
    ...WHOLE,
    files: ['dev/nvidia0', 'cuda/libcudnn.so.9'],
  });
  onTestFinished(() => rmSync(root, { recursive: true }));
  const [found] = diagnoseSigns(readGpuSigns({ LD_LIBRARY_PATH: join(root, 'cuda') }, root, 'x64'));
  expect(found).toMatchObject({ kind: 'shadowed-libraries', effect: 'note' });
  expect(found?.problem).toContain(join(root, 'cuda/libcudnn.so.9'));
});
