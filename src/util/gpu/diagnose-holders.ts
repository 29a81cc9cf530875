import { formatCount } from '../format-count.ts';
import { listNames } from '../list-names.ts';
import type { GpuProblem } from './gpu-problem.ts';
import type { GpuCard, GpuProcess } from './parse-nvidia-smi.ts';
import { named, type ToldCards } from './told-cards.ts';

/** MiB below which a context of CUDA with its libraries finds no room, or nothing fits beside it. */
const LEAST_FREE = 1024;

/** Who holds a card's memory, for people: `python3 (pid 4711, 9,216 MiB)`. */
export function describeHolders(processes: readonly GpuProcess[]): string {
  const most = [...processes].sort((a, b) => (b.memory ?? 0) - (a.memory ?? 0));
  const texts = most.map(({ name, pid, memory }) => {
    const held = memory === undefined ? '' : `, ${formatCount(memory)} MiB`;
    return `${name} (pid ${pid}${held})`;
  });
  return listNames(texts, 5);
}

/** Whether a card takes no program, or none besides the one that has it. */
export function ofMode(card: GpuCard, { processes }: ToldCards): GpuProblem | undefined {
  if (card.computeMode === 'Prohibited') {
    return {
      kind: 'prohibited',
      effect: 'cpu',
      problem: `expected ${named(card)} to take programs, but its compute mode is Prohibited`,
      hint: `Allow them: \`sudo nvidia-smi -i ${card.index} -c DEFAULT\`.`,
    };
  }
  if (!card.computeMode?.startsWith('Exclusive')) return undefined;
  const holders = processes?.filter(({ uuid }) => uuid === card.uuid);
  if (holders?.length === 0) return undefined;
  const who = holders === undefined ? 'another one may have it' : `${describeHolders(holders)} has it`;
  return {
    kind: 'exclusive-held',
    effect: 'cpu',
    problem: `expected ${named(card)} to be free, but it takes one process at a time (compute mode ${card.computeMode}), and ${who}`,
    hint: `Wait for that process (\`nvidia-smi\` shows it) or end it, name another card in CUDA_VISIBLE_DEVICES, or let several in: \`sudo nvidia-smi -i ${card.index} -c DEFAULT\`.`,
  };
}

/** Whether a card has too little memory left, and who holds the rest. */
export function ofMemory(card: GpuCard, { processes }: ToldCards): GpuProblem | undefined {
  const { memoryFree, memoryTotal } = card;
  // Of a card in parts the driver tells the memory of the whole.
  if (memoryFree === undefined || memoryTotal === undefined || card.isMigEnabled) return undefined;
  if (memoryFree >= Math.min(LEAST_FREE, memoryTotal / 2)) return undefined;
  const holders = processes?.filter(({ uuid }) => uuid === card.uuid) ?? [];
  const who =
    processes === undefined
      ? ''
      : holders.length === 0
        ? '; who holds the rest is not shown here (processes of other users or containers)'
        : `; the rest is held by ${describeHolders(holders)}`;
  return {
    kind: 'memory-held',
    effect: 'cpu',
    problem: `expected free memory on ${named(card)}, got ${formatCount(memoryFree)} of ${formatCount(memoryTotal)} MiB${who}`,
    hint: `${processes === undefined ? '`cl-doctor` shows who holds it. ' : ''}End what holds it (\`kill PID\`), wait for it, or name another card: \`export CUDA_VISIBLE_DEVICES=...\`.`,
  };
}
