import { join } from 'node:path';
import { setUp } from './bootstrap.mjs';
import { ROOT } from './process.mjs';

// `npm start`: set-up, then a few minutes of training on the bundled images. Arguments go to cl-train.
await setUp();
const { replaceProcess } = await import('../dist/runtime/exec.js');
const command = [
  join(ROOT, 'bin', 'cl-train.js'),
  '--config',
  join('configs', 'quickstart.yaml'),
  ...process.argv.slice(2),
];
process.chdir(ROOT);
// Signals and the exit status are then the training's own.
replaceProcess(process.execPath, [process.execPath, ...command], process.env);
