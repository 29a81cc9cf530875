import type { VariableSpecs } from '../../nn/layer.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { toTorchShape } from '../torch/torch-layout.ts';
import { NAME_FORMS, type NameForm, OWN_FORM } from './name-forms.ts';
import type { WeightsFile } from './read-weights.ts';

/** Tensors of a file under one prefix, by our names for them. */
export interface Network {
  readonly prefix: string;
  readonly form: NameForm;
  /** Our name -> the name in the file. */
  readonly names: ReadonlyMap<string, string>;
}

/** One variable of a backbone that a network lacks or has otherwise; shapes are in the file's layout. */
export interface Difference {
  readonly name: string;
  /** Undefined for a tensor that the backbone has no place for. */
  readonly expected: readonly number[] | undefined;
  /** Undefined for a tensor that the file lacks. */
  readonly found: HostTensor | undefined;
}

/** Parts that begin the names of all backbones. */
const PART = /^(conv1|bn1|layer[1-4]|patch_embed|blocks|norm|cls_token|pos_embed)(\.|$)/;

/** Parts that change what a network computes, and that no backbone has. */
const FOREIGN_PART =
  /^(conv[23]|bn[23]|attnpool|(reg|dist)_token|(register|storage)_tokens|norm_pre|ln_pre|fc_norm|rope|rel_pos_bias)(\.|_|$)/;

/** Dots of a prefix: no trainer nests deeper. */
const MOST_DOTS = 16;

/** An optimizer keeps tensors of the network's shapes. */
const OPTIMIZER = /(^|[._])(optim(izer)?s?|opt_state|exp_avg|momentum_buffer)([._]|$)/i;

/** Whatever may be a network in a file: tensors whose names, behind some prefix, are those of a backbone's parts. */
export function listNetworks(file: Pick<WeightsFile, 'tensors'>): Network[] {
  const found = NAME_FORMS.map((): Map<string, Map<string, string>> => new Map());
  for (const name of Object.keys(file.tensors)) {
    for (let [start, dots] = [0, 0]; dots <= MOST_DOTS; dots++) {
      const rest = name.slice(start);
      for (const [i, form] of NAME_FORMS.entries()) {
        const ours = form.rename(rest);
        const isOfForm = form === OWN_FORM || ours !== rest;
        if (!isOfForm || !PART.test(ours)) continue;
        const networks = found[i] as Map<string, Map<string, string>>;
        const prefix = name.slice(0, start);
        const names = networks.get(prefix) ?? new Map<string, string>();
        if (!names.has(ours)) names.set(ours, name);
        networks.set(prefix, names);
      }
      const dot = name.indexOf('.', start);
      if (dot < 0) break;
      start = dot + 1;
    }
  }
  return found
    .flatMap((networks, i) =>
      [...networks].map(([prefix, names]) => ({ prefix, names, form: NAME_FORMS[i] as NameForm })),
    )
    .filter(({ prefix }) => !OPTIMIZER.test(prefix));
}

/** The shape in a file's layout of a variable of ours. */
export function shapeInFile(
  name: string,
  shape: readonly number[],
  { layout }: Pick<WeightsFile, 'layout'>,
): readonly number[] {
  return layout === 'torch' ? toTorchShape(name, shape) : shape;
}

/** Where a network differs from a backbone's variables; none where it fits. Its positions are looked at elsewhere. */
export function differencesOf(network: Network, variables: VariableSpecs, file: WeightsFile): Difference[] {
  const differences = Object.entries(variables).flatMap(([name, { shape }]): Difference[] => {
    const expected = shapeInFile(name, shape, file);
    const found = file.tensors[network.names.get(name) ?? ''];
    const fits = found?.dtype === 'float32' && found.shape.join() === expected.join();
    return fits ? [] : [{ name, expected, found }];
  });
  return [...differences, ...foreignParts(network, variables, file)];
}

/** Tensors among the parts of a backbone that it has no place for, without which the network computes otherwise. */
function foreignParts({ prefix, form, names }: Network, variables: VariableSpecs, file: WeightsFile): Difference[] {
  const own = new Set(Object.keys(variables).map(partOf));
  const used = new Set(names.values());
  const more = Object.keys(file.tensors).flatMap((name): [string, string][] => {
    if (!name.startsWith(prefix) || used.has(name)) return [];
    const ours = form.rename(name.slice(prefix.length));
    return FOREIGN_PART.test(ours) ? [[ours, name]] : [];
  });
  const unplaced = [...names].filter(([name]) => {
    const known = Object.hasOwn(variables, name) || name === 'pos_embed' || name.endsWith('num_batches_tracked');
    return !known && own.has(partOf(name));
  });
  return [...unplaced, ...more].map(([name, inFile]) => ({ name, expected: undefined, found: file.tensors[inFile] }));
}

const partOf = (name: string): string => name.split('.', 1)[0] as string;
