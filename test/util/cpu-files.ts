import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../data/temp-files.ts';

const AVX2 = 'fpu sse sse2 ssse3 fma sse4_1 sse4_2 avx f16c avx2 bmi2';
const AVX512 = `${AVX2} avx512f avx512dq avx512cd avx512bw avx512vl`;
const VNNI = `${AVX512} avx512_vbmi2 avx512_vnni`;

/** Flags of `/proc/cpuinfo` as processors of these kinds have them, shortened. */
export const PROCESSORS = {
  zen3: AVX2,
  skylake: AVX512,
  icelake: VNNI,
  zen4: `${VNNI} avx512_bf16`,
  sapphireRapids: `${VNNI} avx_vnni avx512_bf16 amx_bf16 avx512_fp16 amx_tile amx_int8`,
  graniteRapids: `${VNNI} avx_vnni avx512_bf16 amx_bf16 avx512_fp16 amx_tile amx_int8 amx_fp16`,
  alderLake: `${AVX2} avx_vnni`,
} as const;

/** A root folder whose `/proc/cpuinfo` shows two cores with these flags. */
export function rootWithFlags(flags: string, label = 'flags'): string {
  const root = tempFolder();
  mkdirSync(join(root, 'proc'));
  const core = (number: number): string =>
    `processor\t: ${number}\nmodel name\t: A processor\n${label}\t\t: ${flags}\n\n`;
  writeFileSync(join(root, 'proc/cpuinfo'), core(0) + core(1));
  return root;
}
