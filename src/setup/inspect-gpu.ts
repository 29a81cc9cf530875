import { spawnSync } from 'node:child_process';
import { findNvidiaDriver } from '../util/nvidia-driver.ts';
import { type Finding, fine } from './finding.ts';

/** An NVIDIA card as the driver tells it. */
interface Card {
  readonly name: string;
  /** CUDA compute capability, such as 9.0. */
  readonly capability: number;
  readonly memory: string;
}

/** TensorFlow's own builds hold kernels for compute capabilities from 6.0 and below 12.0. */
const OLDEST_CAPABILITY = 6;
const CUSTOM_BUILD_FROM = 12;

/** The NVIDIA driver and its cards; a machine without one is fine, it trains on its CPU. */
export function inspectGpu(environment: NodeJS.ProcessEnv = process.env): Finding[] {
  const driver = findNvidiaDriver(environment);
  if (driver === undefined) return [fine('NVIDIA driver', 'none: training runs on the CPU')];
  const found = `${driver.version ?? 'version not told'} (${driver.found})`;
  const cards = parseCards(queryCards(environment));
  if (cards.length > 0) return [fine('NVIDIA driver', found), ...cards.map(judgeCard)];
  const hint = 'Run `nvidia-smi`: it should list the cards. In a container, pass them to it (`--gpus all`).';
  return [{ name: 'NVIDIA driver', status: 'warning', found: `${found}, but it lists no card`, hint }];
}

function queryCards(environment: NodeJS.ProcessEnv): string {
  const options = ['--query-gpu=name,compute_cap,memory.total', '--format=csv,noheader'];
  const { status, stdout } = spawnSync('nvidia-smi', options, { encoding: 'utf8', env: environment, timeout: 20_000 });
  return status === 0 ? stdout : '';
}

/** Reads lines of `nvidia-smi --query-gpu=name,compute_cap,memory.total --format=csv,noheader`. */
export function parseCards(text: string): Card[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [name = '', capability = '', memory = ''] = line.split(',').map((part) => part.trim());
    return { name, capability: Number(capability), memory };
  });
}

/** Says whether TensorFlow's own build has kernels for a card. */
export function judgeCard({ name, capability, memory }: Card): Finding {
  const found = `${name}, ${memory}, compute capability ${capability}`;
  if (!(capability >= CUSTOM_BUILD_FROM || capability < OLDEST_CAPABILITY)) return fine('GPU', found);
  const architecture = `sm_${Math.round(capability * 10)}`;
  return {
    name: 'GPU',
    status: 'warning',
    found: `${found}: TensorFlow's own build has no kernels for ${architecture}`,
    hint: `Build TensorFlow with ${architecture} and name its folder in CL_TENSORFLOW, or train with \`--device cpu\`.`,
  };
}
