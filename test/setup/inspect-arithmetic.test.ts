import { expect, it } from 'vitest';
import { inspectArithmetic } from '../../src/setup/inspect-arithmetic.ts';
import { PROCESSORS, rootWithFlags } from '../util/cpu-files.ts';

/** The findings on a processor as lines. */
function lines(processor: keyof typeof PROCESSORS, environment: NodeJS.ProcessEnv = {}, expectsGpu = false): string[] {
  const findings = inspectArithmetic(expectsGpu, environment, rootWithFlags(PROCESSORS[processor]));
  return findings.map(({ name, status, found, hint }) => [status, name, found, hint].filter(Boolean).join(' | '));
}

it('tells a processor without AVX-512 that float32 pays', () => {
  expect(lines('zen3')).toEqual([
    'ok | Instructions | AVX, AVX2',
    'ok | oneDNN | on (the default)',
    'warning | Precision | bfloat16 takes 1.2 to 1.3 times as long as float32, for a quarter less memory: this CPU has no instructions for it (AVX-512 BF16 or AMX BF16) | Train with float32, the default, on this CPU: `--set precision=float32`.',
  ]);
  expect(lines('zen3', {}, true)[2]).toMatch(/^ok \| Precision \| on the CPU bfloat16 takes/);
});

it('tells one with bfloat16 that it pays', () => {
  expect(lines('zen4')).toEqual([
    'ok | Instructions | AVX, AVX2, AVX-512, AVX-512 VNNI, AVX-512 BF16',
    'ok | oneDNN | on (the default)',
    'ok | Precision | on the CPU bfloat16 is the fastest; float16 takes 1.3 to 1.5 times as long as float32, for a quarter less memory: TensorFlow has no fast float16 for any CPU',
  ]);
});

it('tells what the environment decides', () => {
  const off = lines('zen4', { TF_ENABLE_ONEDNN_OPTS: '0' });
  expect(off[1]).toMatch(/^warning \| oneDNN \| off \(TF_ENABLE_ONEDNN_OPTS=0\) \| .*unset TF_ENABLE_ONEDNN_OPTS/);
  expect(off[2]).toContain('oneDNN, which has them, is off');
  const limited = lines('zen4', { ONEDNN_MAX_CPU_ISA: 'avx2', TF_ENABLE_ONEDNN_OPTS: '1' });
  expect(limited[0]).toMatch(/AVX-512 BF16; ONEDNN_MAX_CPU_ISA=AVX2 limits oneDNN to AVX, AVX2$/);
  expect(limited[1]).toBe('ok | oneDNN | on (TF_ENABLE_ONEDNN_OPTS=1)');
  expect(limited[2]).toContain('ONEDNN_MAX_CPU_ISA=AVX2 hides the instructions for it');
});
