import { type CheckRecord, isMissingDevice, makeCheck } from './check-record.ts';
import { memoryUse } from './memory-use.ts';
import type { PieceName } from './piece-names.ts';
import { PIECES, SCALES } from './pieces.ts';
import { CPU, GPU_GRAPH_ON_CPU, type Place, placeOf } from './place.ts';

/** The device of a piece: a GPU, or where it is rehearsed the CPU, in half precision with the graph of a CPU. */
function deviceOf(name: PieceName, rehearses: boolean): Place {
  const { gpu, deterministic } = PIECES[name];
  if (!rehearses) return placeOf({ device: 'gpu', gpu, deterministic });
  // CPUs don't all multiply half precision, and the graph of a GPU trusts that its device does.
  return name === 'half' || name === 'deterministic' ? CPU : GPU_GRAPH_ON_CPU;
}

/** Makes the checks of a piece, one after the other, in this process; none after a device that is not there. */
export async function* runPiece(
  name: PieceName,
  { rehearses }: { readonly rehearses: boolean },
): AsyncGenerator<CheckRecord> {
  const context = {
    ...{ device: deviceOf(name, rehearses), reference: CPU, expectsGpu: !rehearses, memory: memoryUse },
    scale: rehearses ? SCALES.rehearsal : SCALES.gpu,
  };
  for (const check of PIECES[name].checks(context)) {
    const record = await makeCheck(name, check);
    yield record;
    if (isMissingDevice(record)) return;
  }
}
