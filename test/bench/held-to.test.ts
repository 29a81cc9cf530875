import { expect, it } from 'vitest';
import { heldTo } from '../../bench/lib/held-to.ts';
import { describeMachine } from '../../bench/lib/machine.ts';

it('holds this tool and PyTorch to AVX2, beside what is set already', () => {
  expect(heldTo('avx2', { PATH: '/bin', XLA_FLAGS: '--xla_dump_to=x', ONEDNN_MAX_CPU_ISA: 'AVX512_CORE' })).toEqual({
    PATH: '/bin',
    ONEDNN_MAX_CPU_ISA: 'AVX2',
    XLA_FLAGS: '--xla_dump_to=x --xla_cpu_max_isa=AVX2',
    ATEN_CPU_CAPABILITY: 'avx2',
    MKL_ENABLE_INSTRUCTIONS: 'AVX2',
    TORCHINDUCTOR_CPP_MARCH: 'x86-64-v3',
  });
  expect(heldTo(undefined, { PATH: '/bin' })).toEqual({ PATH: '/bin' });
});

it('is told with the results', () => {
  const { oneDnn, oneDnnLimit, instructionSets } = describeMachine(heldTo('avx2', {}));
  if (process.arch !== 'x64') return;
  expect({ oneDnn, oneDnnLimit }).toEqual({ oneDnn: true, oneDnnLimit: 'AVX2' });
  expect(instructionSets.filter((name) => name.includes('512') || name.includes('AMX'))).toEqual([]);
});
