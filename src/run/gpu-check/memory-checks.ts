import { float32 } from '../../runtime/host-tensor.ts';
import { operation } from '../../runtime/ops.ts';
import type { Program, ProgramFunction } from '../../runtime/program.ts';
import { type Tensor, tf } from '../../runtime/tf.ts';
import type { CheckedNetwork } from './check-networks.ts';
import { type Check, type Judgement, within } from './check-record.ts';
import { withNetwork } from './network-step.ts';
import type { Place } from './place.ts';

/** MiB that are in use. */
export interface MemoryUse {
  /** Of this process, in the machine's memory. */
  readonly host: number;
  /** Of the card, by whomever; undefined where it does not tell. */
  readonly device: number | undefined;
}

/** MiB by which memory may grow between two looks: an allocator's last blocks, not a batch kept in every step. */
const LEVEL = 64;

/** Memory that is in use stays level, once the first steps have taken what they need. */
export function growthCheck(
  network: CheckedNetwork,
  device: Place,
  { steps, memory }: { readonly steps: number; readonly memory: () => Promise<MemoryUse> },
): Check {
  const settled = steps / 4;
  return {
    name: `${network.name}: memory from step ${settled} to ${steps}, MiB`,
    run: () =>
      withNetwork(device, network, async (program) => {
        const inputs = network.inputs(0);
        const run = async (count: number) => {
          for (let step = 0; step < count; step++) await program.run('train', inputs);
          return memory();
        };
        const first = await run(settled);
        const last = await run(steps - settled);
        const [host, card] = [last.host - first.host, (last.device ?? 0) - (first.device ?? 0)];
        const told = last.device === undefined ? 'not told' : `${Math.round(first.device ?? 0)} + ${Math.round(card)}`;
        return within(
          Math.round(Math.max(host, card)),
          LEVEL,
          `process ${Math.round(first.host)} + ${Math.round(host)}, card ${told}`,
        );
      }),
  };
}

/** Bytes of an image of the batch that is too large. */
const IMAGE_BYTES = 4 * 1024 * 1024;

/** More than any process may address on a CPU, so that it can't be had; on a GPU four times the card. */
function tooManyImages(program: Program): number {
  const gpu = program.devices.find(({ type }) => type === 'GPU');
  return Math.ceil((gpu === undefined ? 2 ** 48 : 4 * gpu.memoryBytes) / IMAGE_BYTES);
}

/** The sum of as many images as it is told; they exist on the device alone. */
const LARGE_BATCH: ProgramFunction = {
  inputs: { pixel: { shape: [1, 1, 1], dtype: 'float32' }, sizes: { shape: [3], dtype: 'int32' } },
  build: (_, { pixel, sizes }) => {
    const images = operation('BroadcastTo', [pixel as Tensor, sizes as Tensor]);
    return { outputs: { sum: tf.sum(tf.mul(images, images)) } };
  },
};

/** What TensorFlow says of a CPU, which the command explains, and what a program says of a GPU. */
const OUT_OF_MEMORY = /OOM when allocating|the GPU's memory is full/;

/** A batch that is far too large is refused with a message, and the next step of the same process is as ever. */
export function outOfMemoryCheck(network: CheckedNetwork, device: Place): Check {
  const definition = { ...network.definition, functions: { ...network.definition.functions, large: LARGE_BATCH } };
  return {
    name: 'a batch far too large, then a step',
    run: () =>
      withNetwork(device, { ...network, definition }, async (program): Promise<Judgement> => {
        const limit = 'out of memory, then a finite loss';
        const images = tooManyImages(program);
        const fed = {
          pixel: float32([1], [1, 1, 1]),
          sizes: { dtype: 'int32', shape: [3], data: Int32Array.of(images, 1024, 1024) } as const,
        };
        const message = await program.run('large', fed).then(
          () => undefined,
          (error: Error) => error.message,
        );
        const [note] = (message ?? '').split('\n');
        if (message === undefined) return { ok: false, measured: 'it was computed', limit };
        if (!OUT_OF_MEMORY.test(message)) return { ok: false, measured: 'another message', limit, note };
        const { loss } = await program.run('train', network.inputs(0));
        const value = loss?.data[0] ?? Number.NaN;
        return {
          ok: Number.isFinite(value),
          measured: `out of memory, then a loss of ${value.toFixed(4)}`,
          limit,
          note,
        };
      }),
  };
}
