import { parseArgs } from 'node:util';
import { HELD_TO } from './held-to.ts';

/** What is timed: the step of a CIFAR ResNet-18 at two sizes. */
const SIZES = [
  { width: 64, views: 128, steps: 6 },
  { width: 16, views: 512, steps: 8 },
] as const;
const METHODS = ['simclr', 'moco', 'byol'] as const;
const PRECISIONS = ['float32', 'bfloat16'] as const;

export type Size = (typeof SIZES)[number];
export type MethodName = (typeof METHODS)[number];
export type Precision = (typeof PRECISIONS)[number];

/** One step that is timed here and in PyTorch. */
export interface Combination {
  readonly method: MethodName;
  readonly size: Size;
  readonly precision: Precision;
}

const USAGE = `Use: npm run bench -- step [--method simclr,moco,byol] [--width 64,16] [--precision float32,bfloat16] [--rounds 3]
       [--isa avx2]

Times the step of every method beside PyTorch (eager and compiled, channels_last, its allocator tuned), one process after the other in
every round. Close other programs first. CL_PEER_PYTHON names a Python with PyTorch; otherwise one is set up.
--isa holds both sides to an instruction set: avx2 imitates a processor without AVX-512. Its results are kept beside the others.`;

function stop(message: string): never {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(2);
}

/** The entries that a comma-separated option names. */
function chosen<T>(all: readonly T[], text: string, option: string, nameOf: (each: T) => string): readonly T[] {
  const names = text.split(',');
  const unknown = names.find((name) => !all.some((each) => nameOf(each) === name));
  if (unknown !== undefined)
    stop(`Expected ${option} to name some of ${all.map(nameOf).join(', ')}, got ${unknown || 'nothing'}.`);
  return all.filter((each) => names.includes(nameOf(each)));
}

/** Reads the command line; ends the process with what is wrong with it. */
export function readOptions() {
  const { values } = parseArgs({
    options: {
      method: { type: 'string', default: METHODS.join() },
      width: { type: 'string', default: SIZES.map(({ width }) => width).join() },
      precision: { type: 'string', default: PRECISIONS.join() },
      rounds: { type: 'string', default: '3' },
      isa: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit();
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) stop(`Expected --rounds to be a whole number, got ${values.rounds}.`);
  const isa = HELD_TO.find((each) => each === values.isa);
  if (values.isa !== undefined && isa === undefined)
    stop(`Expected --isa to be one of ${HELD_TO.join(', ')}, got ${values.isa || 'nothing'}.`);
  const methods = chosen(METHODS, values.method, '--method', (name) => name);
  const sizes = chosen(SIZES, values.width, '--width', ({ width }) => String(width));
  const precisions = chosen(PRECISIONS, values.precision, '--precision', (name) => name);
  const combinations = methods.flatMap((method) =>
    sizes.flatMap((size) => precisions.map((precision): Combination => ({ method, size, precision }))),
  );
  return { combinations, rounds, isa };
}
