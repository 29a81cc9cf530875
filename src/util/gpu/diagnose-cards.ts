import { formatPlural } from '../format-count.ts';
import { listNames } from '../list-names.ts';
import { CUDA_BUILD, isOlder } from './cuda-build.ts';
import { ofDriverVersion } from './diagnose-driver.ts';
import { ofMemory, ofMode } from './diagnose-holders.ts';
import { ofMig, ofNamedInstances } from './diagnose-mig.ts';
import type { GpuProblem } from './gpu-problem.ts';
import type { GpuSigns } from './gpu-signs.ts';
import type { GpuCard } from './parse-nvidia-smi.ts';
import { named, type ToldCards } from './told-cards.ts';
import { visibleCards } from './visible-cards.ts';

/** What is wrong with the cards that the driver tells of, or with the choice among them; what matters most first. */
export function diagnoseCards(told: ToldCards, signs: GpuSigns): GpuProblem[] {
  const { cards } = told;
  const [any] = cards;
  if (any === undefined) return [];
  const old = ofDriverVersion(any.driverVersion, signs);
  if (old !== undefined) return [old];
  const shown = signs.environment['CUDA_VISIBLE_DEVICES'];
  const visible = visibleCards(cards, shown);
  if (visible.instances.length > 0) return ofNamedInstances(visible.instances, told);
  const [used] = visible.cards;
  if (used === undefined) return shown === undefined ? [] : [ofNoVisible(shown, visible.invalid ?? '', cards)];
  const problems = [
    ofBroken(used),
    ofMig(used, told),
    ofCapability(used, signs),
    ofMode(used, told),
    ofMemory(used, told),
  ];
  return [...problems.filter((problem) => problem !== undefined), ...ofSeveral(visible.cards, signs)];
}

function ofNoVisible(shown: string, invalid: string, cards: readonly GpuCard[]): GpuProblem {
  const isNumber = /^\d+$/.test(invalid);
  return {
    kind: isNumber ? 'out-of-range' : 'unknown-uuid',
    effect: 'cpu',
    problem:
      `expected CUDA_VISIBLE_DEVICES to name a GPU of this machine, got '${shown}', which names none: there ` +
      (isNumber
        ? cards.length === 1
          ? `is 0 (${cards[0]?.name})`
          : `are ${listNames(
              cards.map(({ index, name }) => `${index} (${name})`),
              8,
            )}`
        : `${cards.length === 1 ? 'is' : 'are'} ${listNames(
            cards.map(({ uuid }) => uuid),
            4,
          )}`),
    hint: `Name one that is there: \`export CUDA_VISIBLE_DEVICES=${isNumber ? cards[0]?.index : cards[0]?.uuid}\`, or none: \`unset CUDA_VISIBLE_DEVICES\`.`,
  };
}

function ofBroken(card: GpuCard): GpuProblem | undefined {
  if (!card.isBroken) return undefined;
  return {
    kind: 'needs-reset',
    effect: 'cpu',
    problem: `expected ${named(card)} to answer, but it must be reset: nvidia-smi shows an error in place of its values`,
    hint: `Reset it with nothing that uses it, \`sudo nvidia-smi --gpu-reset -i ${card.index}\`, or restart the machine; \`sudo dmesg | grep -i xid\` tells why.`,
  };
}

function ofCapability(card: GpuCard, { build }: GpuSigns): GpuProblem | undefined {
  const { capability, driverVersion } = card;
  if (capability === undefined || build === 'user') return undefined;
  const got = `${named(card)} has compute capability ${capability.toFixed(1)}`;
  const architecture = `sm_${Math.round(capability * 10)}`;
  if (capability < CUDA_BUILD.oldestCapability) {
    return {
      kind: 'card-too-old',
      effect: 'cpu',
      problem: `expected a card of compute capability ${CUDA_BUILD.oldestCapability.toFixed(1)} or later (Pascal, 2016), of which TensorFlow's own build has kernels, but ${got}`,
      hint: `Train on the CPU, or build TensorFlow with ${architecture} and name its folder in CL_TENSORFLOW.`,
    };
  }
  if (capability < CUDA_BUILD.compiledFrom) return undefined;
  if (capability >= CUDA_BUILD.untriedFrom) {
    return {
      kind: 'card-without-kernels',
      effect: 'failure',
      problem: `${got}: TensorFlow's own build has no kernels for ${architecture}, only PTX of 9.0 for the driver to compile, ${capability >= 12 ? 'which is reported to fail with CUDA_ERROR_INVALID_PTX' : 'of which nothing is known here'}`,
      hint: `Try it with \`--epochs 1\`; if it fails, train on the CPU, \`--device cpu\`, or build TensorFlow with ${architecture} and name its folder in CL_TENSORFLOW.`,
    };
  }
  if (driverVersion === undefined || !isOlder(driverVersion, CUDA_BUILD.oldestCompilingDriver)) return undefined;
  return {
    kind: 'driver-too-old-for-card',
    effect: 'failure',
    problem: `expected a driver from ${CUDA_BUILD.oldestCompilingDriver} on, which compiles TensorFlow's kernels for this card, got ${driverVersion}: ${got}, for which they come as PTX of CUDA 12.5`,
    hint: "Install a newer driver and restart the machine; a container uses its host's.",
  };
}

function ofSeveral(cards: readonly GpuCard[], { environment }: GpuSigns): GpuProblem[] {
  const [used, ...others] = cards;
  if (used === undefined || others.length === 0) return [];
  const isAlike = others.every(({ name }) => name === used.name);
  const isOrdered = isAlike || environment['CUDA_DEVICE_ORDER'] === 'PCI_BUS_ID';
  return [
    {
      kind: 'several-cards',
      effect: 'note',
      problem:
        `${formatPlural(cards.length, 'GPU')} can be seen, and one is used: ` +
        (isOrdered ? named(used) : 'the fastest, since CUDA numbers cards of different kinds by their speed'),
      hint: `Choose one: \`export ${isAlike ? '' : 'CUDA_DEVICE_ORDER=PCI_BUS_ID '}CUDA_VISIBLE_DEVICES=${others[0]?.index}\`; start a run on each for several runs.`,
    },
  ];
}
