import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../../util/errors.ts';
import { listNames } from '../../util/list-names.ts';
import { shellWord } from '../../util/shell-word.ts';
import { READABLE } from './foreign-weights.ts';

/** The file of an export, or of a repository of the Hugging Face hub, that is taken before others. */
const FIRST = ['torchvision.safetensors', 'timm.safetensors', 'model.safetensors'];

/** Endings of files that may hold weights. */
const WEIGHTS = /\.(safetensors|pth|pt|bin|ckpt|pth\.tar)$/i;

/** What folders are that hold no weights that can be read, by what lies in them. */
const FOREIGN: readonly (readonly [what: string, names: RegExp, hint: (folder: string) => string])[] = [
  ['a SavedModel of TensorFlow', /^saved_model\.pb(txt)?$/, () => `TensorFlow's names are its own. ${READABLE}`],
  ['checkpoints of TensorFlow', /\.(index|data-\d{5}-of-\d{5})$/, () => `TensorFlow's names are its own. ${READABLE}`],
  [
    'a distributed checkpoint of PyTorch',
    /\.distcp$/,
    (folder) =>
      `Join it: python3 -m torch.distributed.checkpoint.format_utils dcp_to_torch ${shellWord(folder)} ${shellWord(`${folder}.pth`)}`,
  ],
  ['a checkpoint of Orbax', /^(_CHECKPOINT_METADATA|_METADATA|manifest\.ocdbt)$/, () => READABLE],
  [
    'an unpacked file of torch.save',
    /^data\.pkl$/,
    (folder) =>
      `Pack it again: cd ${shellWord(dirname(folder))} && zip -0 -r ${shellWord(`${folder}.pth`)} ${shellWord(folder.slice(dirname(folder).length + 1))}`,
  ],
];

/**
 * The file of weights in a folder: of an export, of a repository of the hub, or the only one.
 *
 * @throws UserError (exit code 2) where there is none, or several.
 */
export function weightsInFolder(path: string): string {
  const folder = path.replace(/(.)\/+$/, '$1');
  const names = readdirSync(folder).sort();
  const first = FIRST.find((name) => names.includes(name));
  if (first !== undefined) return join(folder, first);
  const found = names.filter((name) => WEIGHTS.test(name) && statSync(join(folder, name)).isFile());
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return join(folder, only);
  const fail = (what: string, hint: string): UserError =>
    new UserError(`expected a file of weights, got ${what} at ${path}`, { hint, exitCode: 2 });
  if (only !== undefined) {
    throw fail(
      `a folder of ${found.length}: ${listNames(found)},`,
      `Name one of them, such as ${shellWord(join(folder, only))}`,
    );
  }
  if (existsSync(join(folder, 'checkpoints')) && existsSync(join(folder, 'config.yaml'))) {
    const checkpoints = shellWord(join(folder, 'checkpoints'));
    throw fail('the folder of a run', `Name the run by --run or --init, or one of its checkpoints, in ${checkpoints}`);
  }
  const snapshots = snapshotsIn(folder);
  if (snapshots.length > 0) throw fail('the folder of a hub cache', `Name the snapshot: ${snapshots[0]}`);
  const foreign = FOREIGN.find(([, pattern]) => names.some((name) => pattern.test(name)));
  throw foreign === undefined ? fail('a folder without any', READABLE) : fail(foreign[0], foreign[2](folder));
}

/** Folders of revisions in a repository of the Hugging Face cache, as words for the shell. */
function snapshotsIn(folder: string): string[] {
  const snapshots = join(folder, 'snapshots');
  return existsSync(snapshots) ? readdirSync(snapshots).map((name) => shellWord(join(snapshots, name))) : [];
}
