import { expect, it } from 'vitest';
import { cpuArithmetic } from '../../src/util/cpu-arithmetic.ts';
import { multipliesHalf, refusesHalf } from '../../src/util/half-precision.ts';
import { PROCESSORS, rootWithFlags } from './cpu-files.ts';

const on = (processor: keyof typeof PROCESSORS, environment: NodeJS.ProcessEnv) =>
  cpuArithmetic(environment, rootWithFlags(PROCESSORS[processor]), 'x64');

it.each<[keyof typeof PROCESSORS, NodeJS.ProcessEnv, boolean]>([
  ['zen3', {}, false],
  ['alderLake', {}, false],
  ['skylake', {}, false],
  ['icelake', {}, false],
  ['zen4', {}, true],
  ['sapphireRapids', {}, true],
  ['sapphireRapids', { ONEDNN_MAX_CPU_ISA: 'AVX2' }, false],
  ['sapphireRapids', { ONEDNN_MAX_CPU_ISA: 'AVX512_CORE' }, false],
  ['sapphireRapids', { ONEDNN_MAX_CPU_ISA: 'AVX512_CORE_BF16' }, true],
  // Without oneDNN nothing uses the instructions.
  ['sapphireRapids', { TF_ENABLE_ONEDNN_OPTS: '0' }, false],
])('%s with %o multiplies bfloat16: %s', (processor, environment, expected) => {
  const cpu = on(processor, environment);
  expect(multipliesHalf('bfloat16', cpu)).toBe(expected);
  expect(multipliesHalf('float16', cpu)).toBe(false);
});

it('leaves bfloat16 on ARM as it is', () => {
  const cpu = cpuArithmetic({}, rootWithFlags('fp asimd', 'Features'), 'arm64');
  expect(multipliesHalf('bfloat16', cpu)).toBe(true);
  expect(refusesHalf('bfloat16', cpu)).toBe(false);
});

it('knows where oneDNN refuses what TensorFlow gives it', () => {
  const refused = (processor: keyof typeof PROCESSORS, limit: string) =>
    (['bfloat16', 'float16'] as const).filter((type) =>
      refusesHalf(type, on(processor, { ONEDNN_MAX_CPU_ISA: limit })),
    );
  expect(refused('zen3', 'AVX2')).toEqual([]);
  expect(refused('zen4', 'AVX2')).toEqual(['bfloat16']);
  expect(refused('sapphireRapids', 'AVX2')).toEqual(['bfloat16', 'float16']);
  expect(refused('sapphireRapids', 'AVX512_CORE')).toEqual(['float16']);
  expect(refused('sapphireRapids', 'AVX512_CORE_AMX')).toEqual([]);
});
