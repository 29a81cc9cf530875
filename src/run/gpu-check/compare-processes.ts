import type { CheckRecord } from './check-record.ts';

/** Judges by their digests whether a second process has computed the same bits as the first. */
export function compareProcesses(first: readonly CheckRecord[], second: readonly CheckRecord[]): CheckRecord[] {
  return first.flatMap((record) => {
    if (record.digest === undefined) return [];
    const { piece, name, digest } = record;
    const other = second.find((each) => each.name === name);
    const ok = other?.digest === digest;
    const note = ok ? undefined : `${digest}, then ${other?.digest ?? other?.measured ?? 'nothing'}`;
    return [
      {
        ...{ piece, name: `${name}: another process`, ok, limit: 'the same bits', seconds: other?.seconds ?? 0, note },
        measured: ok ? 'the same bits' : 'other bits',
      },
    ];
  });
}
