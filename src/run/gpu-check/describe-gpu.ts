import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { dirname } from 'node:path';
import { packageVersion } from '../../util/package-info.ts';
import { locateTensorflow, readManifest, type TensorflowManifest } from '../../util/tensorflow-folder.ts';
import { firstCard } from './memory-use.ts';

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

function askDriver(options: readonly string[], environment: NodeJS.ProcessEnv): string {
  const { status, stdout } = spawnSync('nvidia-smi', options, { encoding: 'utf8', env: environment, timeout: 20_000 });
  return status === 0 ? stdout : '';
}

const FIELDS = ['index', 'uuid', 'name', 'memory.total', 'memory.used', 'compute_cap', 'driver_version'];

/** Reads lines of `nvidia-smi --query-gpu=... --format=csv,noheader,nounits` of the fields that are asked for. */
export function parseCardFacts(text: string, first: string): { cards: CardFacts[]; driver: string | undefined } {
  const rows = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map((field) => field.trim()));
  return {
    driver: rows[0]?.[6],
    cards: rows.map(([index, uuid = '', name = '', total, used, computeCapability = '']) => ({
      ...{ name, computeCapability, memoryMiB: Number(total), usedMiB: Number(used) },
      isFirst: index === first || (first.length > 3 && uuid.startsWith(first)),
    })),
  };
}

/** The version of one of a build's wheels by the beginning of its name, such as `nvidia_cudnn_cu12`. */
export function wheelVersion(manifest: TensorflowManifest | undefined, name: string): string | undefined {
  const wheel = manifest?.wheels.find((each) => each.name.startsWith(`${name}-`));
  return wheel?.name.split('-')[1];
}

/** What was found of cards, driver, TensorFlow and its CUDA, without loading TensorFlow. */
export function describeGpu(environment: NodeJS.ProcessEnv = process.env): GpuFacts {
  const query = [`--query-gpu=${FIELDS.join()}`, '--format=csv,noheader,nounits'];
  const { folder, version, variant } = locateTensorflow(environment);
  const manifest = variant === 'user' ? undefined : readManifest(dirname(folder));
  return {
    ...parseCardFacts(askDriver(query, environment), firstCard(environment)),
    cudaOfDriver: /CUDA Version:\s*([\d.]+)/.exec(askDriver([], environment))?.[1],
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
