import type { BackboneConfig } from '../../config/backbone-settings.ts';
import type { VariableSpecs } from '../../nn/layer.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { UserError } from '../../util/errors.ts';
import { listNames } from '../../util/list-names.ts';
import { showName } from '../torch/pickle-values.ts';
import { fromTorchLayout } from '../torch/torch-layout.ts';
import { chooseNetwork, reasonFor } from './choose-network.ts';
import { type Difference, differencesOf, listNetworks, type Network } from './find-networks.ts';
import { areFixedPositions, viewSizeOf } from './fixed-positions.ts';
import { guessBackbone } from './guess-backbone.ts';
import { groupLeftOut, type LeftOut } from './left-out.ts';
import { misfitError, settingsFor } from './misfit.ts';
import type { WeightsFile } from './read-weights.ts';
import { hasUnusualHeads, usualHeads } from './usual-heads.ts';

/** A backbone's variables out of a file, and what became of the rest. */
export interface MatchedBackbone {
  /** All of the backbone's, `backbone.*`, in the layout of a state. */
  readonly tensors: Readonly<Record<string, HostTensor>>;
  /** What their names have in front in the file, such as `state_dict.module.encoder_q.`; often empty. */
  readonly prefix: string;
  readonly matched: number;
  readonly leftOut: readonly LeftOut[];
  /** What a user should know of the choice: other networks that would fit, other names. */
  readonly notes: readonly string[];
}

/** A backbone that weights are for. */
export interface MatchTarget {
  readonly settings: BackboneConfig;
  /** The backbone's variables, without `backbone.` in front. */
  readonly variables: VariableSpecs;
  /** Pixels of a side of a view. */
  readonly size: number;
}

/** The share of a backbone's tensors without which others of its names are a chance. */
const MOST_MISSING = 0.9;

/**
 * Finds a backbone's variables among the tensors of a file, behind any prefix and in the names of known tools.
 *
 * @throws UserError (exit code 2) for weights of another network: it names the first tensors that differ, and the
 *   settings that would fit.
 */
export function matchBackbone(file: WeightsFile, target: MatchTarget): MatchedBackbone {
  const { settings, variables, size } = target;
  const compared = listNetworks(file).map((network) => ({
    network,
    differences: differencesOf(network, variables, file),
  }));
  const fitting = compared.filter(({ differences }) => differences.length === 0).map(({ network }) => network);
  const chosen = chooseNetwork(fitting);
  if (chosen === undefined) {
    const count = Object.keys(variables).length;
    const nearest = nearestOf(compared, count);
    checkPositionCount(nearest?.differences ?? [], file, size);
    throw misfitError(file, settings, nearest?.differences, count);
  }
  const hasFixed = checkPositions(chosen, file, target);
  const others = fitting.filter(({ prefix }) => prefix !== chosen.prefix).map(({ prefix }) => prefix);
  const tensors = Object.entries(variables).map(([name]): [string, HostTensor] => {
    const tensor = file.tensors[chosen.names.get(name) as string] as HostTensor;
    return [`backbone.${name}`, file.layout === 'torch' ? fromTorchLayout(name, tensor) : tensor];
  });
  return {
    tensors: Object.fromEntries(tensors),
    prefix: chosen.prefix,
    matched: tensors.length,
    leftOut: [
      ...(hasFixed ? [{ group: 'positions', count: 1, reason: 'the fixed ones, which are computed here' }] : []),
      ...leftOutOf(chosen, variables, file, others),
    ],
    notes: [...notesOf(chosen, others), ...headNote(file, settings)],
  };
}

type Compared = { readonly network: Network; readonly differences: readonly Difference[] };

/** The network with the most names of the backbone's, and of these with the most that fit; none with a few alone. */
function nearestOf(compared: readonly Compared[], count: number): Compared | undefined {
  const missingIn = ({ differences }: Compared): number =>
    differences.filter(({ expected, found }) => expected !== undefined && found === undefined).length;
  return compared
    .filter((each) => missingIn(each) < MOST_MISSING * count)
    .sort((a, b) => missingIn(a) - missingIn(b) || a.differences.length - b.differences.length)[0];
}

/** Whether a file has positions that are computed here; refuses learnt ones where the backbone has none. */
function checkPositions({ names }: Network, file: WeightsFile, { settings, variables, size }: MatchTarget): boolean {
  const positions = file.tensors[names.get('pos_embed') ?? ''];
  if (positions === undefined || Object.hasOwn(variables, 'pos_embed')) return false;
  if (areFixedPositions(positions)) return true;
  const fitting = guessBackbone(file);
  const viewSize = viewSizeOf(positions.shape);
  const options = [
    fitting === undefined ? '--set backbone.positions=learned' : settingsFor(fitting, settings),
    ...(viewSize === undefined || viewSize === size ? [] : [`--set views.size=${viewSize}`]),
  ];
  throw new UserError(
    `${file.path} has learnt positions, ${names.get('pos_embed')} [${positions.shape.join(', ')}]; those of backbone.positions=fixed are computed.`,
    { hint: `Take them too: ${options.join(' ')}`, exitCode: 2 },
  );
}

/** Refuses positions of another grid, where nothing else differs. */
function checkPositionCount(differences: readonly Difference[], file: WeightsFile, size: number): void {
  const [only, ...others] = differences;
  if (only?.name !== 'pos_embed' || only.expected === undefined || others.length > 0) return;
  if (only.found === undefined) {
    throw new UserError(`${file.path} has no positions (pos_embed), and backbone.positions=learned expects them.`, {
      hint: 'Its positions are the fixed ones: --set backbone.positions=fixed',
      exitCode: 2,
    });
  }
  const viewSize = viewSizeOf(only.found.shape);
  throw new UserError(
    `${file.path} has positions [${only.found.shape.join(', ')}], views of ${size} pixels have [${only.expected.join(', ')}]; positions are not interpolated.`,
    {
      hint: viewSize === undefined ? undefined : `These positions fit --set views.size=${viewSize}`,
      exitCode: 2,
    },
  );
}

function leftOutOf(chosen: Network, variables: VariableSpecs, file: WeightsFile, others: readonly string[]): LeftOut[] {
  const used = new Set(Object.keys(variables).map((name) => chosen.names.get(name)));
  used.add(chosen.names.get('pos_embed'));
  const left = Object.keys(file.tensors).filter((name) => !used.has(name));
  return groupLeftOut(
    left.map((name) => ({ name, rest: name.startsWith(chosen.prefix) ? name.slice(chosen.prefix.length) : name })),
    others.filter((prefix) => prefix !== '' && !chosen.prefix.startsWith(prefix)),
  );
}

function notesOf(chosen: Network, others: readonly string[]): string[] {
  const { described } = chosen.form;
  const form = described === undefined ? [] : [`its layers are ${described}`];
  if (others.length === 0) return form;
  const names = listNames(others.map((prefix) => showName(prefix) || 'no prefix'));
  return [
    ...form,
    `${showName(chosen.prefix) || 'no prefix'} is taken, ${reasonFor(chosen)}; ${names} would fit as well`,
  ];
}

/** Weights do not show in how many heads attention is split, and the features of another number are others. */
function headNote({ kind }: WeightsFile, settings: BackboneConfig): string[] {
  if (kind === 'checkpoint' || kind === 'export' || 'stem' in settings || !hasUnusualHeads(settings)) return [];
  const { name } = settings;
  return [
    `published weights of ${name} with learnt positions have ${usualHeads(name)} heads of attention, these settings others, and weights do not show it; where they do: --set backbone.heads=${usualHeads(name)}`,
  ];
}
