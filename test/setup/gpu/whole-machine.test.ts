import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { expectedGpuWarnings, missingGpuWarning } from '../../../src/run/assembly/missing-gpu.ts';
import { inspectGpu } from '../../../src/setup/inspect-gpu.ts';
import { explainMissingGpu, type GpuPlace } from '../../../src/util/gpu/diagnose-gpu.ts';
import { type Machine, makeMachine, recorded, writeNvidiaSmi } from './recordings.ts';

const WHOLE: Machine = {
  module: 'module-570',
  libraries: ['usr/lib/x86_64-linux-gnu'],
  cards: ['nvidia'],
  files: ['dev/nvidia0'],
};

interface Place extends GpuPlace {
  /** What the driver's tool was asked. */
  readonly calls: () => string[];
}

/** A machine with a stand-in for the driver's tool on its path. */
function place(
  machine: Machine,
  answers?: Parameters<typeof writeNvidiaSmi>[1],
  environment: Readonly<Record<string, string>> = {},
): Place {
  const folder = mkdtempSync(join(tmpdir(), 'gpu-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const tools = join(folder, 'tools');
  if (answers !== undefined) writeNvidiaSmi(tools, answers);
  const calls = join(tools, 'calls');
  return {
    root: makeMachine(join(folder, 'root'), machine),
    environment: { ...environment, PATH: `${tools}:/usr/bin:/bin` },
    calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []),
  };
}

it('asks the driver nothing where there is no card, or files tell', async () => {
  const none = place({}, { cards: 'h100' });
  expect(await explainMissingGpu(none)).toBeUndefined();
  expect(await expectedGpuWarnings('auto', none)).toEqual([]);
  expect(none.calls()).toEqual([]);
  const hidden = place(WHOLE, { cards: 'h100' }, { CUDA_VISIBLE_DEVICES: '' });
  expect(await explainMissingGpu(hidden)).toMatchObject({ kind: 'hidden-empty' });
  expect(hidden.calls()).toEqual([]);
});

it('asks it once where files do not tell why TensorFlow sees no card', async () => {
  for (const [cards, kind] of [
    ['full', 'memory-held'],
    ['mig', 'mig-without-instances'],
    ['maxwell', 'card-too-old'],
    ['mismatch', 'version-mismatch'],
    ['lost-of-two', 'gpu-lost'],
    ['h100', 'unknown'],
  ] as const) {
    const machine = place(WHOLE, { cards });
    expect((await explainMissingGpu({ ...machine, readLog: async () => '' }))?.kind).toBe(kind);
    expect(machine.calls()).toHaveLength(1);
  }
});

it('reads the log of TensorFlow where the driver says nothing', async () => {
  const machine = place(WHOLE, { cards: 'h100' });
  for (const [log, kind] of [
    ['tensorflow-driver-mismatch', 'version-mismatch'],
    ['tensorflow-no-cudart', 'cuda-libraries-missing'],
    ['log-dlopen', 'cuda-libraries-missing'],
    ['failure-busy', 'exclusive-held'],
    ['log-compiles', 'card-without-kernels'],
  ] as const) {
    const found = await explainMissingGpu({ ...machine, readLog: async () => recorded(log) });
    expect(found?.kind).toBe(kind);
  }
});

it('does not wait for a tool that hangs', async () => {
  const machine = place(WHOLE, { cards: 'h100' });
  const [tools = ''] = machine.environment?.['PATH']?.split(':') ?? [];
  writeFileSync(join(tools, 'nvidia-smi'), '#!/bin/sh\nsleep 30 &\nwait\n', { mode: 0o755 });
  const begun = performance.now();
  expect(await explainMissingGpu({ ...machine, patience: 200 })).toMatchObject({ kind: 'nvidia-smi-hangs' });
  expect(performance.now() - begun).toBeLessThan(10_000);
});

it('warns before a run of what will keep it from its card, or fail on it', async () => {
  const said = async (cards: string, device: 'auto' | 'cpu' | 'gpu', more: object = {}) =>
    (await expectedGpuWarnings(device, place(WHOLE, { cards, ...more }))).join();
  expect(await said('h100', 'auto')).toBe('');
  expect(await said('two-alike', 'auto')).toBe('');
  expect(await said('maxwell', 'cpu')).toBe('');
  expect(await said('maxwell', 'auto')).toMatch(/^NO GPU: .* would run on the CPU.*5\.2.*`--device cpu`\.$/);
  expect(await said('maxwell', 'gpu')).toMatch(/^device: gpu will be refused: expected a card of .*5\.2/);
  expect(await said('rtx-5090', 'auto')).toMatch(/^the GPU will probably fail: .*sm_120/);
  expect(await said('mig', 'auto', { list: 'mig-list', processes: 'no-processes' })).toBe('');
  expect(await said('mig', 'auto', { list: 'mig-list-empty', processes: 'no-processes' })).toMatch(
    /^NO GPU: .*got none/,
  );
  expect(await said('exclusive', 'auto', { list: 'mig-list-empty', processes: 'no-processes' })).toBe('');
});

it('warns once of a card that lies idle, unless the CPU was asked for or a GPU is used', async () => {
  const machine = place(WHOLE, { cards: 'maxwell' });
  const [cpu, gpu] = [[{ type: 'CPU' }], [{ type: 'CPU' }, { type: 'GPU' }]];
  expect(await missingGpuWarning('cpu', cpu, machine)).toBeUndefined();
  expect(await missingGpuWarning('auto', gpu, machine)).toBeUndefined();
  expect(machine.calls()).toEqual([]);
  expect(await missingGpuWarning('auto', cpu, machine)).toMatch(/^NO GPU: .*runs on the CPU.*5\.2.*`--device cpu`\.$/);
  expect(await missingGpuWarning('auto', cpu, machine)).toBeUndefined();
  expect(machine.calls()).toHaveLength(1);
});

it('is what cl-doctor shows', async () => {
  const fine = await inspectGpu(place(WHOLE, { cards: 'h100' }));
  expect(fine.expectsGpu).toBe(true);
  expect(fine.findings).toEqual([
    { name: 'NVIDIA driver', status: 'ok', found: expect.stringMatching(/^570\.144 \(.*libcuda\.so\.1\)$/) },
    {
      name: 'GPU',
      status: 'ok',
      found: '0: NVIDIA H100 80GB HBM3, 81,559 MiB, 81,079 of them free, compute capability 9.0',
    },
  ]);
  const full = await inspectGpu(place(WHOLE, { cards: 'full', processes: 'full-processes', list: 'mig-list-empty' }));
  expect(full.expectsGpu).toBe(false);
  expect(full.findings.at(-1)).toMatchObject({ status: 'warning', found: expect.stringContaining('(pid 4711') });
  const two = await inspectGpu(place(WHOLE, { cards: 'two-alike' }));
  expect(two.findings.at(-1)).toMatchObject({ status: 'ok', found: expect.stringContaining('one is used: GPU 0') });
  const none = await inspectGpu(place({}));
  expect(none).toEqual({
    findings: [{ name: 'NVIDIA driver', status: 'ok', found: 'none: training runs on the CPU' }],
    expectsGpu: false,
  });
  const idle = await inspectGpu(place({ cards: ['nouveau'] }));
  expect(idle.findings).toMatchObject([{ name: 'GPU', status: 'warning', found: expect.stringContaining('nouveau') }]);
});
