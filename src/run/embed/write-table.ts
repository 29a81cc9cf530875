import { rm } from 'node:fs/promises';
import { csvField } from '../../interop/tables/csv-table.ts';
import type { FeatureTable } from '../../interop/tables/feature-table.ts';
import { tableFiles } from '../../interop/tables/table-files.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { badPath } from './check-output.ts';
import type { BadRow } from './embedded-table.ts';

async function* untilStopped(pieces: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    signal.throwIfAborted();
    yield piece;
  }
}

/**
 * Writes a table and the list of bad images, each whole or not at all, the table last.
 *
 * @throws UserError where there is no room; the signal's reason.
 */
export async function writeTable(
  output: string,
  table: FeatureTable,
  bad: readonly BadRow[],
  signal: AbortSignal,
): Promise<void> {
  if (bad.length === 0) await rm(badPath(output), { force: true });
  else {
    const lines = bad.map(({ name, split, index, reason }) =>
      [csvField(name), csvField(split), index, csvField(reason)].join(','),
    );
    await writeFileAtomic(badPath(output), `${['name,split,index,reason', ...lines].join('\n')}\n`);
  }
  for (const { path, bytes, pieces } of tableFiles(output, table)) {
    await writeFileAtomic(path, untilStopped(pieces(), signal), { bytes });
  }
}
