import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '../../src/checkpoint/safetensors-read.ts';
import { capture } from './capture.ts';

/** A task for `interop-peer.py`, which reads and writes files; `output` is where its tensors go. */
export interface Task {
  readonly kind: 'load' | 'onnx' | 'make' | 'prepare' | 'detect';
  readonly title: string;
  readonly output: string;
  readonly [key: string]: unknown;
}

/** What the tasks say, in their order, and the versions of the packages. */
export interface Answers {
  readonly results: readonly Readonly<Record<string, unknown>>[];
  readonly versions: Readonly<Record<string, string>>;
}

/** Python with PyTorch, and the folder of the other packages. */
export interface PythonPlace {
  readonly python: string;
  readonly packages: string;
}

/** Runs tasks in one Python process. */
export async function runTasks({ python, packages }: PythonPlace, work: string, tasks: readonly Task[]) {
  const job = join(work, 'job.json');
  writeFileSync(job, JSON.stringify({ threads: 2, tasks }));
  const env = { ...process.env, PYTHONPATH: packages };
  const text = await capture(python, [join('bench', 'interop-peer.py'), job], { env });
  return JSON.parse(text.trim().split('\n').at(-1) ?? '') as Answers;
}

/** A tensor that a task wrote. */
export async function outputOf({ output }: Task, name = 'features') {
  const tensor = (await readSafetensors(output)).tensors[name];
  if (tensor === undefined) throw new Error(`Expected ${name} in ${output}.`);
  return tensor;
}

/** The code of a card that loads its weights, for a library. */
export function loaderOf(exported: string, library: 'torchvision' | 'timm'): string {
  const blocks = readFileSync(join(exported, 'README.md'), 'utf8').matchAll(/```python\n(.*?)```/gs);
  const loaders = [...blocks].map(([, code = '']) => code).filter((code) => code.includes('def load_encoder'));
  const found = loaders.find((code) => code.includes('import timm') === (library === 'timm'));
  if (found === undefined) throw new Error(`Expected code for ${library} in the card of ${exported}.`);
  return found;
}

/** The largest difference of two sets of features, in units of the largest value of the second. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`Expected ${b.length} values, got ${a.length}.`);
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs((a[i] as number) - (b[i] as number)));
    largest = Math.max(largest, Math.abs(b[i] as number));
  }
  return difference / largest;
}
