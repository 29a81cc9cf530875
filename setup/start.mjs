import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setUp } from './bootstrap.mjs';
import { ROOT } from './process.mjs';

// `npm start`: set-up, then a few minutes of training on the bundled images. Arguments go to cl-train.
await setUp();
const { replaceProcess } = await import('../dist/runtime/exec.js');
process.chdir(ROOT);
const given = process.argv.slice(2);
const command = [
  join(ROOT, 'bin', 'cl-train.js'),
  '--config',
  join('configs', 'quickstart.yaml'),
  ...(namesFolder(given) ? [] : ['--output', freeFolder(join('runs', 'quickstart'))]),
  ...given,
];
// Signals and the exit status are then the training's own.
replaceProcess(process.execPath, [process.execPath, ...command], process.env);

/** Whether the arguments say what becomes of an earlier run's folder. */
function namesFolder(arguments_) {
  return arguments_.some((text) => /^(-o|-r|--output|--resume|--overwrite|--set=?output)/.test(text));
}

/** `base`, or `base-2`, `base-3`, ...: the first that does not exist, so that starting twice loses nothing. */
function freeFolder(base) {
  let folder = base;
  for (let n = 2; existsSync(folder); n++) folder = `${base}-${n}`;
  return folder;
}
