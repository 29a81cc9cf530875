import os from 'node:os';
import { dirname } from 'node:path';
import { askNvidiaSmi } from '../../util/gpu/nvidia-smi.ts';
import { parseCards } from '../../util/gpu/parse-nvidia-smi.ts';
import { visibleCards } from '../../util/gpu/visible-cards.ts';
import { packageVersion } from '../../util/package-info.ts';
import { locateTensorflow, readManifest, type TensorflowManifest } from '../../util/tensorflow-folder.ts';

/** A card as the driver's tools tell it. */
export interface CardFacts {
  readonly name: string;
  readonly memoryMiB: number;
  readonly usedMiB: number;
  /** Such as `9.0`. */
  readonly computeCapability: string;
  /** Whether this process takes it: the first that it may see. */
  readonly isFirst: boolean;
}

/** What the checks, and steps that are timed, were made on. */
export interface GpuFacts {
  readonly cards: readonly CardFacts[];
  /** Versions; undefined where none is there, or it does not tell. */
  readonly driver: string | undefined;
  /** The newest CUDA that the driver serves. */
  readonly cudaOfDriver: string | undefined;
  readonly tensorflow: string;
  readonly build: string;
  readonly cuda: string | undefined;
  readonly cudnn: string | undefined;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly tool: string;
}

/** The cards of an answer of `nvidia-smi`, and the driver's version; `visible` is CUDA_VISIBLE_DEVICES. */
export function cardFacts(
  answer: string,
  visible: string | undefined,
): { readonly cards: CardFacts[]; readonly driver: string | undefined } {
  const cards = parseCards(answer);
  const [first] = visibleCards(cards, visible).cards;
  return {
    driver: cards[0]?.driverVersion,
    cards: cards.map((card) => ({
      name: card.name,
      memoryMiB: card.memoryTotal ?? 0,
      usedMiB: (card.memoryTotal ?? 0) - (card.memoryFree ?? 0),
      computeCapability: card.capability?.toFixed(1) ?? 'unknown',
      isFirst: card === first,
    })),
  };
}

/** The version of one of a build's wheels by the beginning of its name, such as `nvidia_cudnn_cu12`. */
export function wheelVersion(manifest: TensorflowManifest | undefined, name: string): string | undefined {
  const wheel = manifest?.wheels.find((each) => each.name.startsWith(`${name}-`));
  return wheel?.name.split('-')[1];
}

/** What was found of cards, driver, TensorFlow and its CUDA, without loading TensorFlow. */
export async function describeGpu(environment: NodeJS.ProcessEnv = process.env): Promise<GpuFacts> {
  const [answer, table] = [await askNvidiaSmi('cards', { environment }), await askNvidiaSmi('table', { environment })];
  const { folder, version, variant } = locateTensorflow(environment);
  const manifest = variant === 'user' ? undefined : readManifest(dirname(folder));
  return {
    ...cardFacts(answer.stdout, environment['CUDA_VISIBLE_DEVICES']),
    cudaOfDriver: /CUDA Version:\s*([\d.]+)/.exec(table.stdout)?.[1],
    ...{ tensorflow: version, build: variant },
    cuda: wheelVersion(manifest, 'nvidia_cuda_runtime_cu12'),
    cudnn: wheelVersion(manifest, 'nvidia_cudnn_cu12'),
    processor: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    node: process.version,
    tool: packageVersion(),
  };
}
