import type { GpuPiece } from './gpu-piece.ts';

/** What is kept of a piece. */
export interface PieceResult {
  /** What it measured; undefined where it failed. */
  readonly measured?: object | undefined;
  readonly failure?: string | undefined;
  readonly seconds: number;
  readonly date: string;
  /** The commit that was measured. */
  readonly commit: string;
}

export type PieceResults = Readonly<Record<string, PieceResult>>;

/** How pieces are run. */
export interface RunOptions {
  readonly minutes: number;
  readonly retries: boolean;
  readonly commit: string;
  /** Keeps a result at once. */
  readonly keep: (key: string, result: PieceResult) => void;
  readonly say: (text: string) => void;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: (() => number) | undefined;
}

/** Milliseconds that a piece may take, and by which it may outlast the minutes of a call. */
const [MOST_MS, BEYOND_MS] = [5 * 60_000, 90_000];

/** The pieces that are still to be measured. */
export function missingPieces(pieces: readonly GpuPiece[], kept: PieceResults, retries: boolean): GpuPiece[] {
  return pieces.filter(({ key }) => {
    const result = kept[key];
    return result === undefined || (retries && result.failure !== undefined);
  });
}

/**
 * Runs the missing pieces until all are done or the minutes are over, and returns how many are left.
 *
 * A piece that fails is kept as such. One that the end of the call cuts short is not kept, unless it was the only one:
 * more time is not to be had.
 */
export async function runPieces(pieces: readonly GpuPiece[], kept: PieceResults, options: RunOptions): Promise<number> {
  const { minutes, retries, commit, keep, say, now = () => performance.now() } = options;
  const missing = missingPieces(pieces, kept, retries);
  const begun = now();
  const left = (): number => minutes * 60_000 - (now() - begun);
  for (const [i, piece] of missing.entries()) {
    if (i > 0 && left() <= 0) return missing.length - i;
    const started = now();
    const limitMs = Math.min(MOST_MS, left() + BEYOND_MS);
    const result = await piece.run(limitMs).then(
      (measured) => ({ measured }),
      (error: Error) => ({ failure: error.message }),
    );
    const elapsed = now() - started;
    const isCut = 'failure' in result && elapsed >= limitMs && limitMs < MOST_MS;
    if (isCut && i > 0) {
      say(`${piece.key}: cut short; the next call has more time for it`);
      return missing.length - i;
    }
    const seconds = Number((elapsed / 1000).toFixed(1));
    keep(piece.key, { ...result, seconds, date: new Date().toISOString().slice(0, 10), commit });
    say(
      `${i + 1} of ${missing.length}: ${piece.key}: ${'failure' in result ? `FAILED: ${result.failure}` : 'done'} (${seconds} s)`,
    );
  }
  return 0;
}
