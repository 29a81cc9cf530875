import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { CheckRecord } from '../../src/run/gpu-check/check-record.ts';
import { cardFacts, wheelVersion } from '../../src/run/gpu-check/describe-gpu.ts';
import { formatGpuCheck, type GpuCheck } from '../../src/run/gpu-check/gpu-check-text.ts';
import { PIECE_NAMES } from '../../src/run/gpu-check/piece-names.ts';
import { pieceRecords } from '../../src/run/gpu-check/piece-process.ts';
import { findNvidiaDriver } from '../../src/util/nvidia-driver.ts';
import { inRepository, runNode } from './run-command.ts';

const doctor = (...args: readonly string[]) => runNode([inRepository('bin/cl-doctor.js'), ...args]);

describe('cl-doctor --gpu-check', () => {
  it('makes all checks in a rehearsal, and prints one record', { timeout: 400_000 }, async () => {
    const { code, stdout, stderr } = await doctor('--gpu-check', '--rehearse', '--json');
    const check = JSON.parse(stdout) as GpuCheck;
    expect(check.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect([code, check.ok, check.rehearsal]).toEqual([0, true, true]);
    expect([...new Set(check.checks.map(({ piece }) => piece))]).toEqual(PIECE_NAMES);
    expect(check.found).toMatchObject({ tensorflow: '2.21.0', node: process.version });
    expect(check.checks.every(({ seconds, name }) => seconds >= 0 && name !== '')).toBe(true);
    // Progress, a line each.
    expect(stderr.split('\n').filter((line) => line.endsWith(' s)'))).toHaveLength(check.checks.length);
    expect(stderr).toContain('memory: a batch far too large, then a step: ok');
  });

  it.skipIf(findNvidiaDriver() !== undefined)('says that there is no GPU, and how to rehearse', async () => {
    const { code, stdout, stderr } = await doctor('--gpu-check');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('this machine shows no NVIDIA driver');
    expect(stderr).toContain('--gpu-check --rehearse');
  });

  it('rehearses nothing else', async () => {
    const { code, stderr } = await doctor('--rehearse');
    expect([code, stderr.split('\n')[0]]).toEqual([
      2,
      'error: --rehearse: expected --gpu-check with it, which is what can be rehearsed',
    ]);
  });
});

describe('a piece whose process', () => {
  const record: CheckRecord = { piece: 'values', name: 'one', ok: true, measured: 0, limit: 1, seconds: 0 };
  const run = async (code: string) => {
    const records: CheckRecord[] = [];
    const command = { file: process.execPath, args: ['-e', code], environment: process.env };
    for await (const each of pieceRecords('values', command, new AbortController().signal)) records.push(each);
    return records;
  };

  it('crashes leaves what it has made, and a check that failed', async () => {
    const records = await run(
      `console.log(${JSON.stringify(JSON.stringify(record))}); console.error('CUDA_ERROR'); process.kill(process.pid, 'SIGSEGV')`,
    );
    expect(records[0]).toEqual(record);
    expect(records[1]).toMatchObject({ ok: false, measured: 'it ended with SIGSEGV, after 1', note: 'CUDA_ERROR' });
  });

  it('makes no check has failed', async () => {
    expect(await run('')).toMatchObject([{ ok: false, measured: 'it made no check, after 0' }]);
  });
});

describe('what was found', () => {
  const answer = [
    'index, name, uuid, driver_version, compute_cap, memory.total [MiB], memory.free [MiB], compute_mode',
    '0, NVIDIA H100 80GB HBM3, GPU-1a2b3c4d-0000, 580.65.06, 9.0, 81559 MiB, 81047 MiB, Default',
    '1, NVIDIA L4, GPU-5e6f7a8b-0000, 580.65.06, 8.9, 23034 MiB, 23034 MiB, Default',
  ].join('\n');

  it('says which card computes', () => {
    const { cards, driver } = cardFacts(answer, undefined);
    expect([driver, cards.map(({ isFirst }) => isFirst)]).toEqual(['580.65.06', [true, false]]);
    expect(cardFacts(answer, 'GPU-5e6f').cards.map(({ isFirst }) => isFirst)).toEqual([false, true]);
    expect(cardFacts('', undefined)).toEqual({ cards: [], driver: undefined });
  });

  it('has the versions of the fetched build', () => {
    const wheels = [{ name: 'nvidia_cudnn_cu12-9.28.0.42-py3-none-manylinux_2_27_x86_64.whl', sha256: '' }];
    const manifest = { version: '2.21.0', variant: 'gpu', wheels, files: [] } as const;
    expect(wheelVersion(manifest, 'nvidia_cudnn_cu12')).toBe('9.28.0.42');
    expect(wheelVersion(manifest, 'nvidia_nccl_cu12')).toBeUndefined();
  });

  it('is a table, with what failed and why', () => {
    const found = {
      ...cardFacts(answer, '0'),
      ...{ cudaOfDriver: '13.0', tensorflow: '2.21.0', build: 'gpu', cuda: '12.9.79', cudnn: '9.28.0.42' },
      ...{ processor: 'AMD EPYC', cores: 16, memoryGiB: 126, node: 'v20.20.2', tool: '0.1.0' },
    };
    const checks: CheckRecord[] = [
      { piece: 'values', name: 'matrix product', ok: true, measured: 3.1e-7, limit: 1e-5, seconds: 0.2 },
      { piece: 'values', name: 'views', ok: false, measured: 2e-3, limit: 1e-5, note: 'views', seconds: 0.2 },
      {
        ...{ piece: 'memory', name: 'a batch far too large', ok: false, seconds: 1 },
        ...{ measured: 'it was computed', limit: 'out of memory' },
      },
    ];
    const text = formatGpuCheck({
      ...{ kind: 'gpu-check', ok: false, rehearsal: false, date: '2026-11-28', seconds: 150, found, checks },
    });
    expect(text).toMatchInlineSnapshot(`
      "card          NVIDIA H100 80GB HBM3, 81559 MiB (512 in use), compute capability 9.0; computes
      card          NVIDIA L4, 23034 MiB (0 in use), compute capability 8.9; not used
      driver        580.65.06, for CUDA up to 13.0
      TensorFlow    2.21.0, gpu; CUDA 12.9.79, cuDNN 9.28.0.42
      machine       AMD EPYC, 16 cores, 126 GiB; Node v20.20.2

      float32 as the CPU computes it: functions, steps of all methods, a course of losses
      ok      matrix product         3.1e-7, at most 1.0e-5
      FAILED  views                  2.0e-3, at most 1.0e-5
                                     views

      memory that stays level, and too large a batch
      FAILED  a batch far too large  it was computed
                                     expected: out of memory

      2 of 3 checks failed (150 s).
      "
    `);
  });
});

it('costs the help nothing', () => {
  const help = execFileSync(process.execPath, [inRepository('bin/cl-doctor.js'), '--help'], { encoding: 'utf8' });
  expect(help).toContain('--gpu-check');
  expect(help).not.toContain('--gpu-check-piece');
});
