import type { ProgramAnswer } from './ask-program.ts';
import { diagnoseAnswer } from './diagnose-answer.ts';
import { diagnoseCards } from './diagnose-cards.ts';
import { diagnoseSigns } from './diagnose-signs.ts';
import type { GpuProblem } from './gpu-problem.ts';
import { type GpuSigns, readGpuSigns, showsCard } from './gpu-signs.ts';
import { askNvidiaSmi } from './nvidia-smi.ts';
import { type GpuCard, parseCards, parseList, parseProcesses } from './parse-nvidia-smi.ts';
import { readTensorflowLog } from './tensorflow-log.ts';
import { explainTensorflowWords } from './tensorflow-words.ts';

/** Where a machine is looked at; this one, as it is, unless told otherwise. */
export interface GpuPlace {
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  readonly root?: string | undefined;
  /** Milliseconds that the driver's tool has for an answer. */
  readonly patience?: number | undefined;
  /** Reads what TensorFlow's log says. */
  readonly readLog?: (() => Promise<string>) | undefined;
}

/** Answers of the driver's tool. */
export interface GpuAnswers {
  readonly cards: ProgramAnswer;
  readonly processes?: ProgramAnswer | undefined;
  readonly list?: ProgramAnswer | undefined;
}

/** What is wrong by the answers of the driver's tool, what matters most first. */
export function diagnoseAnswers({ cards: answer, processes, list }: GpuAnswers, signs: GpuSigns): GpuProblem[] {
  const failed = diagnoseAnswer(answer, signs);
  const cards = parseCards(answer.stdout);
  const told = {
    cards,
    processes: processes?.status === 0 ? parseProcesses(processes.stdout) : undefined,
    listed: list?.status === 0 ? parseList(list.stdout) : undefined,
  };
  const ofCards = diagnoseCards(told, signs);
  if (failed === undefined) return ofCards;
  // Of several cards one may be lost: the one that is named is not among the others then.
  if (cards.length === 0 || ofCards.some(({ kind }) => kind === 'out-of-range' || kind === 'unknown-uuid'))
    return [failed];
  return [...ofCards, { ...failed, effect: 'note' }];
}

/** Whether who uses a card, or in which parts it is, decides what is wrong. */
function needsDetail(cards: readonly GpuCard[]): boolean {
  return cards.some(({ isMigEnabled, computeMode, memoryFree, memoryTotal }) => {
    const isShort = memoryFree !== undefined && memoryTotal !== undefined && memoryFree < memoryTotal / 2;
    return isMigEnabled || isShort || computeMode?.startsWith('Exclusive') === true;
  });
}

/** What was found of a machine's GPUs. */
export interface GpuDiagnosis {
  readonly signs: GpuSigns;
  readonly cards: readonly GpuCard[];
  /** What matters most first. */
  readonly problems: readonly GpuProblem[];
}

/** Looks at a machine with all that the driver's tool tells: three processes of it at most. */
export async function diagnoseGpu({ environment, root, patience }: GpuPlace = {}): Promise<GpuDiagnosis> {
  const signs = readGpuSigns(environment, root);
  const bySigns = diagnoseSigns(signs);
  if (signs.nvidiaSmi === undefined && !signs.hasDriver) return { signs, cards: [], problems: bySigns };
  const ask = { program: signs.nvidiaSmi, environment, patience };
  const answer = await askNvidiaSmi('cards', ask);
  const cards = parseCards(answer.stdout);
  const detail = needsDetail(cards)
    ? { processes: await askNvidiaSmi('processes', ask), list: await askNvidiaSmi('list', ask) }
    : {};
  const problems = [...bySigns, ...diagnoseAnswers({ cards: answer, ...detail }, signs)];
  return { signs, cards, problems: distinct(problems) };
}

/** Of one kind the first: the driver's tool may say again what files had said. */
function distinct(problems: readonly GpuProblem[]): GpuProblem[] {
  return problems.filter(({ kind }, i) => problems.findIndex((other) => other.kind === kind) === i);
}

const UNKNOWN: GpuProblem = {
  kind: 'unknown',
  effect: 'cpu',
  problem: "expected TensorFlow to see the card, but it does not, and neither the driver nor TensorFlow's log says why",
  hint: "Run `cl-doctor`, which shows what was found. CUDA's libraries may be damaged: `cl-doctor --install --verify`.",
};

/**
 * Why TensorFlow sees no GPU; undefined where this machine has no NVIDIA card, which costs a look at some files.
 *
 * Where files don't tell, the driver's tool is asked once, with a time limit; where that does not tell either,
 * TensorFlow is loaded once more to read its log, which takes seconds.
 */
export async function explainMissingGpu(place: GpuPlace = {}): Promise<GpuProblem | undefined> {
  const { environment, root, patience, readLog = readTensorflowLog } = place;
  const signs = readGpuSigns(environment, root);
  if (!showsCard(signs)) return undefined;
  const isReason = ({ effect }: GpuProblem): boolean => effect === 'cpu';
  const bySigns = diagnoseSigns(signs);
  const sign = bySigns.find(isReason);
  if (sign !== undefined) return sign;
  const cards = await askNvidiaSmi('cards', { program: signs.nvidiaSmi, environment, patience });
  const byDriver = diagnoseAnswers({ cards }, signs);
  const told = byDriver.find(isReason);
  if (told !== undefined) return told;
  const words = explainTensorflowWords(await readLog());
  // That no card was given to CUDA is the question, not the answer.
  if (words !== undefined && words.effect !== 'note' && words.kind !== 'no-devices') return words;
  // What need not matter is the likely reason where nothing else is wrong.
  const likely = [...byDriver, ...bySigns].find(({ kind }) => kind === 'gpu-lost' || kind === 'shadowed-libraries');
  return likely ?? words ?? UNKNOWN;
}

/**
 * What will keep a run from its GPU, as far as can be told without TensorFlow; nothing where there is no card.
 *
 * Whoever takes a GPU is warned of what fails on it later, too.
 */
export async function predictGpuProblem(place: GpuPlace = {}): Promise<GpuProblem | undefined> {
  const signs = readGpuSigns(place.environment, place.root);
  if (!showsCard(signs)) return undefined;
  const bySigns = diagnoseSigns(signs).find(({ effect }) => effect === 'cpu');
  if (bySigns !== undefined) return bySigns;
  return (await diagnoseGpu(place)).problems.find(({ effect }) => effect !== 'note');
}
