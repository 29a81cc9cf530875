import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Instruction sets that decide how fast a processor multiplies, with what Linux calls them, the older ones first. */
const FLAGS: readonly (readonly [name: string, ...flags: string[]])[] = [
  ['AVX', 'avx'],
  ['AVX2', 'avx2', 'fma'],
  ['AVX-VNNI', 'avx_vnni'],
  ['AVX-NE-CONVERT', 'avx_ne_convert'],
  ['AVX-512', 'avx512f', 'avx512bw', 'avx512dq', 'avx512vl'],
  ['AVX-512 VNNI', 'avx512_vnni'],
  ['AVX-512 BF16', 'avx512_bf16'],
  ['AVX-512 FP16', 'avx512_fp16'],
  ['AMX INT8', 'amx_tile', 'amx_int8'],
  ['AMX BF16', 'amx_tile', 'amx_bf16'],
  ['AMX FP16', 'amx_tile', 'amx_fp16'],
  ['NEON', 'asimd'],
  ['NEON FP16', 'asimdhp'],
  ['NEON BF16', 'bf16'],
  ['SVE', 'sve'],
  ['SVE BF16', 'svebf16'],
];

/**
 * The instruction sets for arithmetic that `/proc/cpuinfo` tells of, by their makers' names: `AVX2`, `AVX-512 BF16`,
 * `AMX BF16`; on ARM `NEON`, `SVE`. Empty where the system has no such file.
 */
export function findInstructionSets(root = '/'): string[] {
  const flags = new Set(
    read(join(root, 'proc/cpuinfo'))
      .match(/^(?:flags|Features)\s*:(.*)$/m)?.[1]
      ?.split(/\s+/),
  );
  return FLAGS.flatMap(([name, ...needed]) => (needed.every((flag) => flags.has(flag)) ? [name] : []));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
