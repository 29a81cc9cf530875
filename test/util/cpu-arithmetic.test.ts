import { describe, expect, it } from 'vitest';
import { cpuArithmetic, oneDnnDefaults } from '../../src/util/cpu-arithmetic.ts';
import { PROCESSORS, rootWithFlags } from './cpu-files.ts';

const on = (processor: keyof typeof PROCESSORS, environment: NodeJS.ProcessEnv = {}) =>
  cpuArithmetic(environment, rootWithFlags(PROCESSORS[processor]), 'x64');

describe('cpuArithmetic', () => {
  it('has oneDNN on by default, without AVX-512 too', () => {
    const sets = ['AVX', 'AVX2'];
    expect(on('zen3')).toEqual({ oneDnn: true, instructionSets: sets, processorSets: sets });
    expect(on('zen4').oneDnn).toBe(true);
  });

  it.each<[keyof typeof PROCESSORS, string, boolean]>([
    ['zen3', '0', false],
    ['zen4', 'FALSE', false],
    ['zen3', 'true', true],
    // What TensorFlow can't read leaves the choice to it.
    ['zen3', 'yes', false],
    ['zen3', '', false],
    ['alderLake', 'yes', true],
    ['zen4', '', true],
    ['skylake', 'off', false],
  ])('on %s with TF_ENABLE_ONEDNN_OPTS=%s as TensorFlow reads it', (processor, value, expected) => {
    expect(on(processor, { TF_ENABLE_ONEDNN_OPTS: value }).oneDnn).toBe(expected);
  });

  it.each<[string, string[]]>([
    ['SSE41', []],
    ['AVX2', ['AVX', 'AVX2']],
    ['avx2', ['AVX', 'AVX2']],
    ['AVX2_VNNI', ['AVX', 'AVX2', 'AVX-VNNI']],
    ['AVX512_CORE', ['AVX', 'AVX2', 'AVX-512']],
    ['AVX512_CORE_VNNI', ['AVX', 'AVX2', 'AVX-512', 'AVX-512 VNNI']],
    ['AVX512_CORE_BF16', ['AVX', 'AVX2', 'AVX-512', 'AVX-512 VNNI', 'AVX-512 BF16']],
  ])('holds to ONEDNN_MAX_CPU_ISA=%s', (limit, instructionSets) => {
    expect(on('graniteRapids', { ONEDNN_MAX_CPU_ISA: limit })).toEqual({
      oneDnn: true,
      instructionSets,
      processorSets: on('graniteRapids').instructionSets,
      limit: limit.toUpperCase(),
    });
  });

  it('knows the newest values, the older name, and what limits nothing', () => {
    const sets = (environment: NodeJS.ProcessEnv) => on('graniteRapids', environment).instructionSets;
    const all = sets({});
    expect(all).toContain('AMX FP16');
    expect(sets({ ONEDNN_MAX_CPU_ISA: 'AVX10_1_512_AMX' })).toEqual(all.filter((name) => name !== 'AMX FP16'));
    expect(sets({ ONEDNN_MAX_CPU_ISA: 'AVX512_CORE_FP16' }).at(-1)).toBe('AVX-512 FP16');
    expect(sets({ DNNL_MAX_CPU_ISA: 'AVX2' })).toEqual(['AVX', 'AVX2']);
    for (const value of ['DEFAULT', 'nonsense', '']) {
      expect(on('graniteRapids', { ONEDNN_MAX_CPU_ISA: value })).toEqual(on('graniteRapids'));
    }
  });

  it('has no limit where oneDNN is off', () => {
    const environment = { TF_ENABLE_ONEDNN_OPTS: '0', ONEDNN_MAX_CPU_ISA: 'AVX2' };
    expect(on('zen4', environment)).toEqual({ ...on('zen4'), oneDnn: false });
  });

  it('leaves ARM to TensorFlow', () => {
    expect(oneDnnDefaults('arm64')).toEqual({});
    const root = rootWithFlags('fp asimd bf16', 'Features');
    const sets = ['NEON', 'NEON BF16'];
    expect(cpuArithmetic({}, root, 'arm64')).toEqual({ instructionSets: sets, processorSets: sets });
  });
});
