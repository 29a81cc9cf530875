/** What a check found. */
export interface Judgement {
  readonly ok: boolean;
  /** A number where there is one, such as a relative error; else words. */
  readonly measured: number | string;
  /** What it may be at most, or what it should be. */
  readonly limit: number | string;
  /** Where it was found, such as the tensor with the largest error. */
  readonly note?: string | undefined;
  /** Stands for all values that were computed; it must be the same in another process. */
  readonly digest?: string | undefined;
}

/** One thing that is tried: its name, and what tries it. */
export interface Check {
  readonly name: string;
  readonly run: () => Promise<Judgement>;
}

/** A check that was made, as it is kept. */
export interface CheckRecord extends Judgement {
  /** The piece that it belongs to. */
  readonly piece: string;
  readonly name: string;
  readonly seconds: number;
}

/** Makes a check; what it throws is its finding. */
export async function makeCheck(piece: string, { name, run }: Check): Promise<CheckRecord> {
  const begun = performance.now();
  const judgement = await run().catch((error: unknown): Judgement => {
    const [line = ''] = String(error instanceof Error ? error.message : error).split('\n');
    return { ok: false, measured: `failed: ${line}`, limit: 'no failure' };
  });
  return { piece, name, ...judgement, seconds: Number(((performance.now() - begun) / 1000).toFixed(2)) };
}

/** Judges an error by a limit; an error that is no number is too large. */
export function within(error: number, limit: number, note?: string | undefined): Judgement {
  return { ok: error <= limit, measured: error, limit, note };
}

/** The name of the check that the device is there. */
export const DEVICES = 'devices';

/** Whether a check says that the device is not there: all others would say the same. */
export function isMissingDevice({ name, ok }: CheckRecord): boolean {
  return name === DEVICES && !ok;
}
