import type { ImageSource } from '../../data/sources/image-source.ts';
import { UserError } from '../../util/errors.ts';
import { openRunDataset } from '../images/open-run-dataset.ts';
import type { RunData } from '../images/run-data.ts';

/** A run's images, of which an export takes a few. */
export interface ExportData {
  readonly train: ImageSource;
  readonly test: ImageSource | undefined;
}

/**
 * Opens a run's images; where that is not possible any more, `warn` hears why, and there are none. It also hears of
 * a disk that is away for a while; the signal ends the wait for it.
 */
export async function openData(
  data: RunData,
  warn: (message: string) => void,
  signal: AbortSignal,
): Promise<(ExportData & { close(): Promise<void> }) | undefined> {
  try {
    const dataset = await openRunDataset(data, signal);
    dataset.tellOutages(warn);
    return dataset;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    warn(
      `the run's images can't be opened (${error.message}): the export is verified on 8 generated patterns; --data PATH names images`,
    );
    return undefined;
  }
}

/** The last part of a data path, for strangers: never where it lies. Patterns such as `{a,b}` keep their last parts. */
export function dataName(path: string): string {
  const [before, inside] = [path.replace(/\{.*$/s, ''), /\{.*$/s.exec(path)?.[0] ?? ''];
  const last = (text: string): string => text.replace(/\/+$/, '').replace(/^.*\//s, '');
  const name = inside === '' ? last(before) : before.replace(/^.*\//s, '') + inside.replace(/[^{},]*\//g, '');
  return name || 'images';
}
