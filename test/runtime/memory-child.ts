// Prints how many bytes of resident memory 10,000 steps add, and then 50 programs that are opened and closed.
import { float32 } from '../../src/runtime/host-tensor.ts';
import { createProgram, type Program } from '../../src/runtime/program.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';

const SIDE = 64;
const x = float32(new Float32Array(SIDE * SIDE).fill(1e-3), [SIDE, SIDE]);
/** 2 MiB that a program holds. */
const ballast = float32(new Float32Array(2 ** 19).fill(1), [2 ** 19]);

const open = (): Promise<Program> =>
  createProgram({
    state: { w: x, ballast },
    functions: {
      step: {
        inputs: { x: { shape: x.shape, dtype: 'float32' } },
        build: (state, inputs) => {
          const next = tf.tanh(tf.add(inputs['x'] as Tensor, state['w'] as Tensor));
          return { outputs: { next, mean: tf.mean(next) }, state: { w: next } };
        },
      },
    },
    session: { device: 'cpu' },
  });

async function runSteps(program: Program, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await program.run('step', { x });
    // Failed runs must not keep their inputs either.
    if (i % 10 === 0) await program.run('step', { x: { ...x, data: new Float32Array(1) } }).catch(() => undefined);
  }
}

async function usePrograms(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const program = await open();
    await runSteps(program, 1);
    program.close();
  }
}

function resident(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

const program = await open();
await runSteps(program, 2000);
const before = resident();
await runSteps(program, 10_000);
const steps = resident() - before;
program.close();
await usePrograms(20);
const start = resident();
await usePrograms(50);
process.stdout.write(JSON.stringify({ steps, programs: resident() - start }));
