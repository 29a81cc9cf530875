import type { Network } from './find-networks.ts';

/** DINO's teacher, which its authors evaluate. */
const TEACHER = /(^|[._])teacher([._]|$)/i;

/** Averages of the weights for evaluation, as timm keeps them. */
const AVERAGE = /(^|[._])(ema|swa|averaged?)([._]|$)/i;

/** Moving averages that serve as targets alone: MoCo's key encoder, BYOL's target, momentum encoders. */
const TARGET = /(^|[._])(momentum|target|key|slow|encoder_k|backbone_k)([._]|$)/i;

function rankOf({ prefix }: Network): number {
  if (TEACHER.test(prefix)) return 0;
  if (TARGET.test(prefix)) return 2;
  return AVERAGE.test(prefix) ? 0 : 1;
}

/**
 * Of the networks of a file that all fit, the one that its authors evaluate: a teacher or an average of weights (DINO,
 * timm) before the network that was trained (MoCo's query encoder, BYOL's online network), and this before a target;
 * of equal ones the one with the shortest prefix.
 */
export function chooseNetwork(networks: readonly Network[]): Network | undefined {
  const dotsOf = ({ prefix }: Network): number => prefix.split('.').length;
  return [...networks].sort((a, b) => rankOf(a) - rankOf(b) || dotsOf(a) - dotsOf(b))[0];
}

/** Why a network was chosen, to be put after its name. */
export function reasonFor(network: Network): string {
  return ['what its authors evaluate', 'the network that is trained', 'the first'][rankOf(network)] as string;
}
