import { describe, expect, it } from 'vitest';
import { readGpuOptions } from '../../bench/lib/gpu-options.ts';
import { type GpuPiece, PARTS } from '../../bench/lib/gpu-piece.ts';
import { gpuPieces, summarize } from '../../bench/lib/gpu-pieces.ts';
import { lastJson, runLimited } from '../../bench/lib/gpu-process.ts';
import { missingPieces, type PieceResult, runPieces } from '../../bench/lib/gpu-run.ts';
import { gpuSteps, peerArguments, productSettings, stepKey } from '../../bench/lib/gpu-steps.ts';
import { formatGpuResults, unequalTwins } from '../../bench/lib/gpu-text.ts';

const context = { rehearses: false, python: 'python3', photographs: undefined, folder: '' };

describe('the pieces of the GPU bench', () => {
  it('have keys of their own, part after part, and the rehearsal has as many parts', () => {
    const pieces = gpuPieces(context);
    expect(new Set(pieces.map(({ key }) => key)).size).toBe(pieces.length);
    expect([...new Set(pieces.map(({ part }) => part))]).toEqual([...PARTS]);
    expect([...new Set(gpuPieces({ ...context, rehearses: true }).map(({ part }) => part))]).toEqual([...PARTS]);
  });

  it('leave PyTorch out where there is none', () => {
    const pieces = gpuPieces({ ...context, python: undefined });
    expect(pieces.some(({ key }) => /eager|compile/.test(key))).toBe(false);
    expect(pieces.length).toBeGreaterThan(40);
  });

  it('time every method in every precision, here', () => {
    const { step, methods } = gpuSteps(false);
    const here = [...step, ...methods].filter(({ side }) => side === 'here');
    expect(here.map(({ network, method, precision }) => `${network} ${method} ${precision}`).toSorted()).toEqual(
      ['resnet18', 'resnet50'].flatMap((network) =>
        ['byol', 'moco', 'mocov3', 'simclr'].flatMap((method) =>
          ['bfloat16', 'float16', 'float32', 'tf32'].map((precision) => `${network} ${method} ${precision}`),
        ),
      ),
    );
  });

  it('tell both sides the same', () => {
    const step = gpuSteps(false).step.find(({ precision }) => precision === 'tf32');
    if (step === undefined) throw new Error('Expected a step by TensorFloat-32.');
    expect(stepKey(step)).toBe('resnet50/224/64/simclr/tf32/here');
    expect(productSettings(step, false)).toMatchObject({
      ...{ precision: 'float32', width: 64, size: 224, images: 64 },
      session: { device: 'gpu', gpu: { tf32: true } },
    });
    expect(productSettings({ ...step, precision: 'float32' }, false).session.gpu?.tf32).toBe(false);
    expect(peerArguments({ ...step, side: 'compile' }, false).join(' ')).toBe(
      'simclr 64 128 30 tf32 compile network=resnet50 size=224 warmup=10 device=cuda',
    );
  });
});

describe('runPieces', () => {
  const piece = (key: string, run: GpuPiece['run'] = async () => ({ of: key })): GpuPiece => ({
    key,
    part: 'step',
    run,
  });
  const runAll = async (
    pieces: GpuPiece[],
    kept: Record<string, PieceResult>,
    { minutes = 60, retries = false, now = (): number => 0 } = {},
  ) => {
    const ran: string[] = [];
    const left = await runPieces(pieces, kept, {
      ...{ minutes, retries, now, commit: 'abc', say: () => {} },
      keep(key, result) {
        ran.push(key);
        kept[key] = result;
      },
    });
    return { left, ran };
  };

  it('goes on with what is missing, and keeps failures until they are retried', async () => {
    const fails = async () => Promise.reject(new Error('no memory'));
    const pieces = [piece('a'), piece('b', fails), piece('c')];
    const kept: Record<string, PieceResult> = {};
    expect(await runAll(pieces.slice(0, 2), kept)).toEqual({ left: 0, ran: ['a', 'b'] });
    expect(kept['b']).toMatchObject({ failure: 'no memory', commit: 'abc' });
    expect(await runAll(pieces, kept)).toEqual({ left: 0, ran: ['c'] });
    expect(missingPieces(pieces, kept, false)).toEqual([]);
    expect(await runAll(pieces, kept, { retries: true })).toEqual({ left: 0, ran: ['b'] });
  });

  it('stops after the piece under way when the minutes are over', async () => {
    let clock = 0;
    const slow = (key: string) =>
      piece(key, async () => {
        clock += 40_000;
        return {};
      });
    const pieces = ['a', 'b', 'c', 'd'].map(slow);
    const kept: Record<string, PieceResult> = {};
    expect(await runAll(pieces, kept, { minutes: 1, now: () => clock })).toEqual({ left: 2, ran: ['a', 'b'] });
    expect(await runAll(pieces, kept, { minutes: 1, now: () => clock })).toEqual({ left: 0, ran: ['c', 'd'] });
  });

  it('does not keep what the end of a call cut short, unless that was all of the call', async () => {
    let clock = 0;
    const hangs = (key: string) =>
      piece(key, async (limitMs) => {
        clock += limitMs;
        throw new Error('it took too long');
      });
    const first = piece('a', async () => {
      clock += 50_000;
      return {};
    });
    const kept: Record<string, PieceResult> = {};
    const once = { minutes: 1, now: () => clock };
    expect(await runAll([first, hangs('b')], kept, once)).toEqual({ left: 1, ran: ['a'] });
    expect(await runAll([first, hangs('b')], kept, once)).toEqual({ left: 0, ran: ['b'] });
  });
});

describe('a process of the bench', () => {
  const node = (code: string, limitMs = 60_000) => runLimited(process.execPath, ['-e', code], { limitMs });

  it('that fails, or hangs, is an error with what it complained of', async () => {
    expect(lastJson(await node('console.log("x"); console.log(JSON.stringify({ a: 1 }))'))).toEqual({ a: 1 });
    const failed = await node('console.error("CUDA is away"); process.exit(3)');
    expect(() => lastJson(failed)).toThrow('it ended with exit code 3: CUDA is away');
    const hung = await node('setInterval(() => {}, 1000)', 300);
    expect(hung.timedOut).toBe(true);
    expect(() => lastJson(hung)).toThrow('it took longer than 0 s');
  });

  it('times a step here', async () => {
    const step = gpuSteps(true).step.find(
      ({ network, precision }) => network === 'resnet18' && precision === 'float16',
    );
    if (step === undefined) throw new Error('Expected a ResNet-18 in float16.');
    const settings = JSON.stringify(productSettings(step, true));
    const ended = await runLimited(process.execPath, ['bench/lib/gpu-product.mjs', settings], { limitMs: 120_000 });
    const timing = summarize(step, lastJson(ended));
    // A ResNet-18 of width 8 with a head of 64 and 128 values.
    expect(timing).toMatchObject({ parameters: 188_232, devices: ['CPU:0'] });
    expect(timing.viewsPerSecond).toBeGreaterThan(0);
    expect(() => summarize(step, { ...timing, seconds: [1], losses: [1, Number.NaN] })).toThrow('a loss is not finite');
  });
});

describe('what is printed', () => {
  const result = (measured: object): PieceResult => ({ measured, seconds: 1, date: '2026-11-28', commit: 'abc' });
  const timing = (viewsPerSecond: number, parameters = 100) =>
    result({ viewsPerSecond, parameters, firstSeconds: 12.5, memoryMiB: 20000, losses: [5, 4], devices: [] });
  const failed: PieceResult = { failure: 'it took longer than 300 s', seconds: 300, date: '2026-11-28', commit: 'abc' };
  const results = {
    'checks/values': result({ checks: [{ piece: 'values', name: 'views', ok: false, measured: 0.1 }, { ok: true }] }),
    'resnet50/224/64/simclr/bfloat16/here': timing(2000),
    'resnet50/224/64/simclr/bfloat16/eager': timing(1500),
    'resnet50/224/64/simclr/bfloat16/compile': timing(1900),
    'resnet50/224/64/simclr/bfloat16/here/xla: step': failed,
    'loop/default': result({ imagesPerSecond: 950, waitShare: 0.0123 }),
  };

  it('stands in tables, with what failed', () => {
    expect(formatGpuResults(results)).toMatchInlineSnapshot(`
      "checks: 1 of 2 passed
        FAILED values: views: 0.1

      step                                       views/s  PyTorch  compiled  ratio  first step s    MiB  MiB PyTorch
      -----------------------------------------  -------  -------  --------  -----  ------------  -----  -----------
      resnet50 224 64 simclr bfloat16               2000     1500      1900   1.05          12.5  20000        20000
      resnet50 224 64 simclr bfloat16 xla: step   failed        -         -      -             -      -            -

      loop, packed JPEGs  images/s  waiting
      ------------------  --------  -------
      default                  950   1.23 %

      FAILED resnet50/224/64/simclr/bfloat16/here/xla: step: it took longer than 300 s"
    `);
  });

  it('names twins that are not the same', () => {
    expect(unequalTwins(results)).toEqual([]);
    const key = 'resnet50/224/64/simclr/bfloat16/compile';
    const unequal = { ...results, [key]: timing(1900, 101) };
    expect(unequalTwins(unequal)).toEqual([key]);
    expect(formatGpuResults(unequal)).toContain('NOT THE SAME NETWORK');
  });
});

it('reads which parts, and for how long', () => {
  expect(readGpuOptions(['--only', 'data,checks', '--minutes', '8'])).toEqual({
    ...{ parts: ['checks', 'data'], minutes: 8, retries: false, rehearses: false },
  });
  expect(readGpuOptions([]).parts).toEqual([...PARTS]);
});
