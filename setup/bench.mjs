import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setUp } from './bootstrap.mjs';
import { fail, ROOT, run } from './process.mjs';

// `npm run bench -- NAME`: set-up, then bench/NAME.ts. Further arguments go to it.
const [name, ...args] = process.argv.slice(2);
const file = join('bench', `${name}.ts`);
if (name === undefined || !/^[\w-]+$/.test(name) || !existsSync(join(ROOT, file))) {
  const names = readdirSync(join(ROOT, 'bench')).flatMap((entry) => entry.match(/^([\w-]+)\.ts$/)?.[1] ?? []);
  const problem = name === undefined ? 'A benchmark was expected.' : `There is no benchmark called ${name}.`;
  fail(problem, `Use: npm run bench -- NAME, with NAME one of: ${names.sort().join(', ')}`, 2);
}
await setUp();
process.exitCode = await run(process.execPath, ['--import', 'tsx', file, ...args]);
