import { setUp } from './bootstrap.mjs';
import { runTool } from './process.mjs';

// `npm run check`: everything that needs no TensorFlow. All of it runs, so that one call shows all that is wrong.
const CHECKS = [
  ['format and lint', '@biomejs/biome', 'biome', ['ci', '--error-on-warnings']],
  ['types', 'typescript', 'tsc', ['--noEmit', '-p', '.']],
  ['dead code and dependencies', 'knip', 'knip', []],
  ['layers, doors and pages', 'vitest', 'vitest', ['run', 'test/architecture.test.ts', 'test/docs']],
];

await setUp({ tensorflow: false });
const outcomes = [];
for (const [name, ...tool] of CHECKS) {
  console.log(`\n== ${name} ==`);
  outcomes.push([name, (await runTool(...tool)) === 0]);
}
console.log(`\n${outcomes.map(([name, good]) => `${good ? 'ok    ' : 'FAILED'} ${name}`).join('\n')}`);
process.exitCode = outcomes.every(([, good]) => good) ? 0 : 1;
