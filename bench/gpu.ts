import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeGpu, type GpuFacts } from '../src/run/gpu-check/describe-gpu.ts';
import { findNvidiaDriver } from '../src/util/nvidia-driver.ts';
import { givenPath } from './lib/data-sets.ts';
import { readGpuOptions } from './lib/gpu-options.ts';
import { gpuPieces } from './lib/gpu-pieces.ts';
import { type PieceResults, runPieces } from './lib/gpu-run.ts';
import { checksOf, formatGpuResults, unequalTwins } from './lib/gpu-text.ts';
import { describeMachine } from './lib/machine.ts';
import { readResults, writeResults } from './lib/results.ts';

/** What the file holds. */
interface Kept {
  readonly bench: 'gpu';
  readonly rehearsal: boolean;
  readonly found: GpuFacts;
  readonly pieces: PieceResults;
}

const options = readGpuOptions();
const { rehearses } = options;
if (!rehearses && findNvidiaDriver() === undefined) {
  console.error(
    'Expected a GPU, but this machine shows no NVIDIA driver. `npm run bench -- gpu --rehearse` tries all on the CPU.',
  );
  process.exit(1);
}

/** A Python with PyTorch for the same device, or undefined with a line that says what is left out. */
function peerPython(): string | undefined {
  const python = process.env['CL_PEER_PYTHON'];
  const left = 'Left out: PyTorch.';
  if (!python) {
    console.error(`${left} Set CL_PEER_PYTHON to a Python that has it.`);
    return undefined;
  }
  const code = `import torch, sys; sys.exit(${rehearses ? '0' : 'not torch.cuda.is_available()'})`;
  const { status, stderr } = spawnSync(python, ['-c', code], { encoding: 'utf8' });
  if (status === 0) return python;
  const why = stderr?.trim().split('\n').at(-1) || 'its PyTorch sees no GPU';
  console.error(`${left} ${python}: ${why}`);
  return undefined;
}

const folder = rehearses ? mkdtempSync(join(tmpdir(), 'cl-bench-gpu-rehearsal-')) : undefined;
const found = await describeGpu();
const nameOf = ({ cards }: GpuFacts): string =>
  cards.find(({ isFirst }) => isFirst)?.name ?? cards[0]?.name ?? 'no card';
const before = readResults<Kept>('gpu', folder);
if (before.found && nameOf(before.found) !== nameOf(found)) {
  console.error(
    `bench/results/gpu.json is of ${nameOf(before.found)}, and this is ${nameOf(found)}: move it away first.`,
  );
  process.exit(2);
}
const photographs = givenPath('CL_DATA', 'photographs of your own; some are drawn in their place');
const pieces = gpuPieces({ rehearses, python: peerPython(), photographs, folder: folder ?? tmpdir() }).filter(
  ({ part }) => options.parts.includes(part),
);
const results: Record<string, PieceResults[string]> = { ...before.pieces };
const { commit } = describeMachine();
let file = '';
const left = await runPieces(pieces, results, {
  ...{ minutes: options.minutes, retries: options.retries, commit },
  keep(key, result) {
    results[key] = result;
    const kept: Kept = { bench: 'gpu', rehearsal: rehearses, found, pieces: results };
    file = writeResults('gpu', kept, folder);
  },
  say: (text) => console.error(text),
});
console.log(formatGpuResults(results));
console.log(
  `${rehearses ? 'Rehearsed on the CPU: none of these figures is of a GPU. ' : ''}${file || 'Nothing was missing.'}`,
);
if (left > 0) console.log(`${left} of ${pieces.length} pieces are left: call again.`);
const isFine =
  pieces.every(({ key }) => results[key]?.failure === undefined) && checksOf(results).every(({ ok }) => ok);
process.exitCode = isFine && unequalTwins(results).length === 0 ? 0 : 1;
