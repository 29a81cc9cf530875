import { formatCount } from '../util/format-count.ts';
import { diagnoseGpu, type GpuPlace } from '../util/gpu/diagnose-gpu.ts';
import type { GpuProblem } from '../util/gpu/gpu-problem.ts';
import { showsCard } from '../util/gpu/gpu-signs.ts';
import type { GpuCard } from '../util/gpu/parse-nvidia-smi.ts';
import { findNvidiaDriver } from '../util/nvidia-driver.ts';
import { type Finding, fine } from './finding.ts';

/** What was found of the NVIDIA driver and its cards. */
export interface GpuInspection {
  readonly findings: readonly Finding[];
  /** Whether TensorFlow should see a GPU. */
  readonly expectsGpu: boolean;
}

/** Problems that are choices, of which nothing needs mending. */
const CHOICES: readonly GpuProblem['kind'][] = ['several-cards', 'mig-not-chosen', 'mig-several'];

/** The NVIDIA driver, its cards, and what is wrong with them; a machine without one is fine, it trains on its CPU. */
export async function inspectGpu(place: GpuPlace = {}): Promise<GpuInspection> {
  const { signs, cards, problems } = await diagnoseGpu(place);
  const driver = findNvidiaDriver(place.environment, place.root);
  const isBare = !showsCard(signs) && problems.every(({ kind }) => kind === 'no-card');
  if (isBare) return { findings: [fine('NVIDIA driver', 'none: training runs on the CPU')], expectsGpu: false };
  const version = driver?.version ?? cards[0]?.driverVersion;
  const found =
    driver === undefined ? [] : [fine('NVIDIA driver', `${version ?? 'version not told'} (${driver.found})`)];
  const isHidden = problems.some(({ effect }) => effect === 'cpu');
  return {
    findings: [...found, ...cards.map(describeCard), ...problems.map(findingOf)],
    expectsGpu: driver !== undefined && !isHidden,
  };
}

function describeCard({ index, name, capability, memoryTotal, memoryFree }: GpuCard): Finding {
  const memory =
    memoryTotal === undefined
      ? 'memory not told'
      : `${formatCount(memoryTotal)} MiB${memoryFree === undefined ? '' : `, ${formatCount(memoryFree)} of them free`}`;
  const generation =
    capability === undefined ? 'compute capability not told' : `compute capability ${capability.toFixed(1)}`;
  return fine('GPU', `${index}: ${name}, ${memory}, ${generation}`);
}

/** A problem as a finding. */
export function findingOf({ kind, problem, hint }: GpuProblem): Finding {
  if (CHOICES.includes(kind)) return fine('GPU', `${problem}. ${hint}`);
  return { name: 'GPU', status: 'warning', found: problem, hint };
}
