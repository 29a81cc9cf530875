import { type CheckRecord, isMissingDevice } from './check-record.ts';
import { compareProcesses } from './compare-processes.ts';
import { describeGpu } from './describe-gpu.ts';
import type { GpuCheck } from './gpu-check-text.ts';
import { PIECE_NAMES, type PieceName } from './piece-names.ts';
import { type PieceCommand, pieceRecords } from './piece-process.ts';

/** How pieces are checked. */
export interface PieceOptions {
  /** Starts a process for a piece. */
  readonly commandOf: (piece: PieceName) => PieceCommand;
  readonly onRecord: (record: CheckRecord) => void;
  readonly signal: AbortSignal;
}

/** How the check is made. */
export interface GpuCheckOptions extends PieceOptions {
  /** Whether the CPU stands in for the GPU. */
  readonly rehearses: boolean;
}

async function collect(piece: PieceName, { commandOf, onRecord, signal }: PieceOptions): Promise<CheckRecord[]> {
  const records: CheckRecord[] = [];
  for await (const record of pieceRecords(piece, commandOf(piece), signal)) {
    records.push(record);
    onRecord(record);
  }
  return records;
}

/**
 * Makes the checks of a piece in a process of its own; that of deterministic mode in two, whose bits are compared.
 * Throws the signal's reason when it is aborted.
 */
export async function checkPiece(piece: PieceName, options: PieceOptions): Promise<CheckRecord[]> {
  if (piece !== 'deterministic') return collect(piece, options);
  const [first, second] = await Promise.all([collect(piece, options), collect(piece, { ...options, onRecord() {} })]);
  const compared = compareProcesses(first, second);
  compared.forEach(options.onRecord);
  return [...first, ...compared];
}

/** Makes all checks, piece after piece, each in a process of its own. Throws the signal's reason when it is aborted. */
export async function runGpuCheck(options: GpuCheckOptions): Promise<GpuCheck> {
  const begun = performance.now();
  const found = await describeGpu();
  const checks: CheckRecord[] = [];
  for (const piece of PIECE_NAMES) {
    checks.push(...(await checkPiece(piece, options)));
    if (checks.some(isMissingDevice)) break;
  }
  return {
    ...{ kind: 'gpu-check', ok: checks.every(({ ok }) => ok), rehearsal: options.rehearses },
    ...{ date: new Date().toISOString().slice(0, 10), seconds: Math.round((performance.now() - begun) / 1000) },
    ...{ found, checks },
  };
}
