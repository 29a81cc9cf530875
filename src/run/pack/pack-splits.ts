import type { DataConfig } from '../../config/run-config.ts';
import { splitOf } from '../../data/sources/splits.ts';
import { UserError } from '../../util/errors.ts';
import { shellWord } from '../../util/shell-word.ts';
import { type OpenedSplits, openSplits } from '../images/open-splits.ts';

/** The names under which shards are found again say their split: others would be taken for training images. */
function assertName(name: string): void {
  if (name !== '' && splitOf(`${name}-000000.tar`) === name) return;
  throw new UserError(`--split: expected train, test, val, unlabeled or the like, got "${name}"`, {
    hint: `To pack it as the training images: --split train --set ${shellWord(`data.train=${name || 'NAME'}`)}`,
    exitCode: 2,
  });
}

/**
 * Opens the images that are to be packed, as `openSplits` does.
 *
 * @throws UserError where a split is missing, or has a name by which its shards would not be found again.
 */
export async function openPackedSplits(
  data: DataConfig,
  names: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<OpenedSplits> {
  for (const name of names ?? []) assertName(name);
  return openSplits(data, names, signal);
}
