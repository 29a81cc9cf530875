import type { BackboneConfig } from '../../config/backbone-settings.ts';
import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';
import { listNames } from '../../util/list-names.ts';
import { showName } from '../torch/pickle-values.ts';
import type { Difference } from './find-networks.ts';
import { guessBackbone } from './guess-backbone.ts';
import { nameArchitecture } from './name-architecture.ts';
import type { WeightsFile } from './read-weights.ts';

/** Differing tensors that a message names. */
const MOST_SHOWN = 3;

/** Settings of a backbone that its weights depend on, with what they are unless they are set. */
const DEFAULTS: Readonly<Record<string, unknown>> = { stem: 'imagenet', width: 64, positions: 'fixed', heads: 'auto' };

/** The settings that a backbone differs in, as options: `--set backbone.name=resnet50`. */
export function settingsFor(fitting: BackboneConfig, current: BackboneConfig): string {
  const now: Readonly<Record<string, unknown>> = { ...current };
  return Object.entries(fitting)
    .filter(([key, value]) => (key === 'name' || key in DEFAULTS) && value !== (now[key] ?? DEFAULTS[key]))
    .map(([key, value]) => `--set backbone.${key}=${value}`)
    .join(' ');
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

function describe({ name, expected, found }: Difference): string {
  const got =
    found === undefined ? 'none' : `${shapeText(found.shape)}${found.dtype === 'float32' ? '' : ` ${found.dtype}`}`;
  return `${showName(name)}: expected ${expected === undefined ? 'none' : shapeText(expected)}, got ${got}`;
}

/**
 * The error for a file whose weights are not a backbone's.
 *
 * @param differences of the network in the file that comes nearest; undefined where hardly a name is the backbone's.
 * @param count tensors of the backbone.
 */
export function misfitError(
  file: WeightsFile,
  settings: BackboneConfig,
  differences: readonly Difference[] | undefined,
  count: number,
): UserError {
  const fitting = guessBackbone(file);
  const hint = fitting === undefined ? unknownHint(file) : `These weights fit ${settingsFor(fitting, settings)}`;
  const error = (problem: string, better = hint): UserError =>
    new UserError(
      `${file.path} does not fit backbone.name=${settings.name}: ${problem}${problem.endsWith('...') ? '' : '.'}`,
      {
        hint: better,
        exitCode: 2,
      },
    );
  if (differences === undefined) {
    const names = Object.keys(file.tensors);
    const such = names.length === 0 ? '' : `, it has ${listNames(names.map(showName), MOST_SHOWN)}`;
    return error(
      `its ${formatPlural(names.length, 'tensor')} ${names.length === 1 ? 'is' : 'are'} not called as the backbone's${such}`,
    );
  }
  const stem = stemProblem(differences, settings);
  if (stem !== undefined) return error(stem);
  const shown = differences.slice(0, MOST_SHOWN).map(describe).join('; ');
  return error(`${countText(differences, count)}: ${shown}${differences.length > MOST_SHOWN ? '; ...' : ''}`);
}

/** How many tensors of a backbone are otherwise in a file, and how many of the file's it has no place for. */
function countText(differences: readonly Difference[], count: number): string {
  const more = differences.filter(({ expected }) => expected === undefined).length;
  const differ = differences.length - more;
  const parts = [
    ...(differ === 0 ? [] : [`${differ} of ${formatPlural(count, 'tensor')} differ`]),
    ...(more === 0 ? [] : [`${formatPlural(more, 'tensor')} of it ${more === 1 ? 'has' : 'have'} no place there`]),
  ];
  return parts.join(', and ');
}

/** Filters of 7 x 7 where 3 x 3 are expected, or the reverse, and nothing else. */
function stemProblem(differences: readonly Difference[], settings: BackboneConfig): string | undefined {
  const [only, ...others] = differences;
  if (only?.name !== 'conv1.weight' || others.length > 0 || !('stem' in settings)) return undefined;
  const { expected, found } = only;
  if (expected?.length !== 4 || found?.shape.length !== 4) return undefined;
  const isOther = found.shape.filter((size) => size === 7 || size === 3).length >= 3;
  return isOther
    ? `its first filters are ${settings.stem === 'cifar' ? '7 x 7' : '3 x 3'}, backbone.stem=${settings.stem} has ${settings.stem === 'cifar' ? '3 x 3' : '7 x 7'} (${describe(only)}); filters are neither cut nor inflated`
    : undefined;
}

function unknownHint(file: WeightsFile): string {
  const what = nameArchitecture(file);
  const seems = what === undefined ? '' : `The file seems to hold ${what}. `;
  return `${seems}No setting of backbone fits it; docs/backbones.md lists those that there are.`;
}
