import { describe, expect, it } from 'vitest';
import { findInstructionSets } from '../../src/util/instruction-sets.ts';
import { tempFolder } from '../data/temp-files.ts';
import { PROCESSORS, rootWithFlags } from './cpu-files.ts';

describe('findInstructionSets', () => {
  it.each<[keyof typeof PROCESSORS, string[]]>([
    ['zen3', ['AVX', 'AVX2']],
    ['alderLake', ['AVX', 'AVX2', 'AVX-VNNI']],
    ['skylake', ['AVX', 'AVX2', 'AVX-512']],
    ['icelake', ['AVX', 'AVX2', 'AVX-512', 'AVX-512 VNNI']],
    ['zen4', ['AVX', 'AVX2', 'AVX-512', 'AVX-512 VNNI', 'AVX-512 BF16']],
    ['sapphireRapids', 'AVX,AVX2,AVX-VNNI,AVX-512,AVX-512 VNNI,AVX-512 BF16,AVX-512 FP16,AMX INT8,AMX BF16'.split(',')],
  ])('reads those of %s', (processor, expected) => {
    expect(findInstructionSets(rootWithFlags(PROCESSORS[processor]))).toEqual(expected);
  });

  it('reads those of ARM processors', () => {
    const root = rootWithFlags('fp asimd evtstrm aes fphp asimdhp sve bf16 i8mm', 'Features');
    expect(findInstructionSets(root)).toEqual(['NEON', 'NEON FP16', 'NEON BF16', 'SVE']);
  });

  it('takes a set only whole: AMX needs its tiles', () => {
    expect(findInstructionSets(rootWithFlags('avx amx_bf16 avx512f'))).toEqual(['AVX']);
  });

  it('finds none where the system does not tell', () => {
    expect(findInstructionSets(tempFolder())).toEqual([]);
  });
});
