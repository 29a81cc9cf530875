import { showName } from '../torch/pickle-values.ts';

/** Tensors of a file that a backbone does not take. */
export interface LeftOut {
  readonly group: string;
  readonly count: number;
  readonly reason: string;
}

/** Groups by what stands in a name, behind the prefix of the network, or anywhere for what is no network's. */
const GROUPS: readonly (readonly [group: string, names: RegExp, reason: string])[] = [
  ['batch counters', /(^|\.)num_batches_tracked$/, 'BatchNorm here has a fixed momentum'],
  [
    'optimizer',
    /^([\w-]+\.)?(optimizers?|optim|optimizer_states?|opt_state|scaler|grad_scaler|lr_schedulers?|schedulers?|amp)(\.|$)/i,
    'weights alone are taken',
  ],
  ['queue', /(^|\.)(queue\w*|memory_bank|memory|bank)(\.|$)/i, 'it belongs to the method'],
  ['prototypes', /(^|\.)prototypes?(\.|$)/i, 'they belong to the method'],
  ['predictor', /(^|\.)(\w*predictor\w*|prediction_(head|mlp)\w*|pred_head)(\.|$)/i, 'it is a head, not the backbone'],
  [
    'projector',
    /(^|\.)(\w*projector\w*|projection\w*|proj_head|contrastive_head|mlp_head|head\.mlp|head\.last_layer)(\.|$)|^(mlp|head\.\d|fc\.\d)(\.|$)/i,
    'it is a head, not the backbone',
  ],
  [
    'classifier',
    /(^|\.)(fc|heads?|classifier|\w*linear\w*|logits|online_\w+|\w*classifier)(\.|$)/i,
    'it is a head, not the backbone',
  ],
];

const OTHER = ['other', /^/, 'no part of the backbone'] as const;

/**
 * The tensors that are left, by group.
 *
 * @param left names in the file, and what is left of them behind the network's prefix.
 * @param others prefixes of networks of the same kind.
 */
export function groupLeftOut(
  left: readonly { readonly name: string; readonly rest: string }[],
  others: readonly string[],
): LeftOut[] {
  const groups = new Map<string, { names: string[]; reason: string }>();
  for (const { name, rest } of left) {
    const other = others.find((prefix) => name.startsWith(prefix));
    const [group, , reason] = GROUPS.find(([, names]) => names.test(rest)) ?? OTHER;
    const key = other === undefined ? group : `network ${other}`;
    const found = groups.get(key);
    if (found === undefined)
      groups.set(key, { names: [name], reason: other === undefined ? reason : 'another is taken' });
    else found.names.push(name);
  }
  return [...groups].map(([group, { names, reason }]) => ({
    group,
    count: names.length,
    reason: group === 'other' ? `${reason}, such as ${showName(names[0] as string)}` : reason,
  }));
}
