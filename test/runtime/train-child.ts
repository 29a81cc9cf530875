// Trains a small network for 20 steps in each precision and prints the losses and a digest of the state.
import { createHash } from 'node:crypto';
import { normals, scalars, tinySimclr, trainingProgram } from '../methods/tiny-methods.ts';

const SHAPE = [32, 16, 16, 3];
const results: Record<string, { losses: number[]; digest: string; dtypes: string[] }> = {};
for (const precision of ['float32', 'bfloat16'] as const) {
  const program = await trainingProgram(tinySimclr(16, precision), SHAPE);
  const losses: number[] = [];
  for (let step = 0; step < 20; step++) {
    const views = { a: normals(SHAPE, 2 * (step % 4)), b: normals(SHAPE, 2 * (step % 4) + 1) };
    const { loss } = await program.run('train', { ...views, ...scalars(0.05) });
    losses.push(loss?.data[0] ?? Number.NaN);
  }
  const hash = createHash('sha256');
  const state = await program.read();
  for (const [name, { data }] of Object.entries(state)) hash.update(name).update(new Uint8Array(data.buffer));
  const dtypes = [...new Set(Object.values(state).map(({ dtype }) => dtype))];
  results[precision] = { losses, digest: hash.digest('hex'), dtypes };
  program.close();
}
process.stdout.write(JSON.stringify(results));
