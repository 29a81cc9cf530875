import { formatPlural } from '../format-count.ts';
import { listNames } from '../list-names.ts';
import type { GpuProblem } from './gpu-problem.ts';
import type { GpuCard } from './parse-nvidia-smi.ts';
import { named, type ToldCards } from './told-cards.ts';

const MAKE_INSTANCE =
  'Make one of the whole card, `sudo nvidia-smi mig -cgi 0 -C` (`sudo nvidia-smi mig -lgip` lists smaller ones), or turn ' +
  'MIG off: `sudo nvidia-smi -mig 0`.';

/** What is wrong with MIG instances that CUDA_VISIBLE_DEVICES names. */
export function ofNamedInstances(named: readonly string[], { cards, listed }: ToldCards): GpuProblem[] {
  const instances = listed?.flatMap((card) => card.instances) ?? [];
  const [first = ''] = named;
  if (!cards.some(({ isMigEnabled }) => isMigEnabled)) {
    return [
      {
        kind: 'unknown-uuid',
        effect: 'cpu',
        problem: `expected CUDA_VISIBLE_DEVICES to name a GPU of this machine, got the MIG instance ${first}, but MIG is off on all cards`,
        hint: 'Name a card, `export CUDA_VISIBLE_DEVICES=0`, or none: `unset CUDA_VISIBLE_DEVICES`.',
      },
    ];
  }
  // Older drivers name instances by their card: MIG-GPU-.../GI/CI; `-L` of newer ones says it otherwise.
  if (listed !== undefined && /^MIG-(?!GPU-)/.test(first) && !instances.some(({ uuid }) => uuid.startsWith(first))) {
    const there =
      instances.length === 0
        ? 'there is none'
        : `there are ${listNames(
            instances.map(({ uuid }) => uuid),
            4,
          )}`;
    return [
      {
        kind: 'unknown-uuid',
        effect: 'cpu',
        problem: `expected CUDA_VISIBLE_DEVICES to name a MIG instance of this machine, got ${first}: ${there}`,
        hint:
          instances.length === 0
            ? MAKE_INSTANCE
            : `Name one that is there: \`export CUDA_VISIBLE_DEVICES=${instances[0]?.uuid}\`.`,
      },
    ];
  }
  if (named.length === 1) return [];
  return [
    {
      kind: 'mig-several',
      effect: 'note',
      problem: `CUDA_VISIBLE_DEVICES names ${formatPlural(named.length, 'MIG instance')}, of which CUDA uses one, ${first}`,
      hint: 'Start a process for each, with one name each.',
    },
  ];
}

/** What is to be known of a card in parts (MIG, multi-instance GPU), where none of them is named. */
export function ofMig(card: GpuCard, { listed }: ToldCards): GpuProblem | undefined {
  if (!card.isMigEnabled) return undefined;
  const instances = listed?.find(({ uuid }) => uuid === card.uuid)?.instances;
  if (instances !== undefined && instances.length > 0) {
    return {
      kind: 'mig-not-chosen',
      effect: 'note',
      problem: `MIG is on, on ${named(card)}, which has ${formatPlural(instances.length, 'instance')}; the first one is used, ${instances[0]?.profile}`,
      hint: `Choose one: \`export CUDA_VISIBLE_DEVICES=${instances[0]?.uuid}\` (\`nvidia-smi -L\` lists them).`,
    };
  }
  const got = instances === undefined ? 'none that CUDA can use' : 'none';
  return {
    kind: 'mig-without-instances',
    effect: 'cpu',
    problem: `expected an instance on ${named(card)}, since MIG is on, got ${got}`,
    hint: `${instances === undefined ? '`nvidia-smi -L` lists them: name one in CUDA_VISIBLE_DEVICES. ' : ''}${MAKE_INSTANCE}`,
  };
}
