import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './wheel-server.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const clone = temporaryFolder();

/** A clone with this project's bootstrap and packages, and next to nothing to compile and to test. */
beforeAll(() => {
  for (const name of [
    'setup',
    'assembly',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ]) {
    cpSync(join(ROOT, name), join(clone, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  put('src/setup/main.ts', "process.stderr.write('main ran\\n');");
  put('vitest.config.ts', "export default { test: { include: ['test/**/*.test.ts'] } };");
  put(
    'test/good.test.ts',
    "import { it } from 'vitest'; it('a', () => {}); it('b', () => {}); it.skip('c', () => {});",
  );
  put('test/bad.test.ts', "import { it } from 'vitest'; it('d', () => {}); it('e', () => { throw new Error('no'); });");
  put('test/broken.test.ts', "import './nothing-here.ts';");
});

function put(path: string, text: string): void {
  mkdirSync(join(clone, path, '..'), { recursive: true });
  writeFileSync(join(clone, path), text);
}

function npmTest(...args: string[]) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
  const script = join(clone, 'setup', 'test.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', env });
  return { status, stderr, last: stdout.trimEnd().split('\n').pop() };
}

describe('npm test', () => {
  it('sets up first, and the second time only as far as needed', () => {
    const first = npmTest('good');
    expect(first).toMatchObject({ status: 0, last: '2 passed, 0 failed, 1 skipped' });
    expect(first.stderr).toBe('Compiling TypeScript ...\nmain ran\n');
    expect(npmTest('good').stderr).toBe('main ran\n');
    put('src/setup/main.ts', "process.stderr.write('main ran again\\n');");
    expect(npmTest('good').stderr).toBe('Compiling TypeScript ...\nmain ran again\n');
  });

  it.each([
    ['a test fails', ['good', 'bad'], '3 passed, 1 failed, 1 skipped'],
    ['a file cannot be loaded', ['broken'], '0 passed, 1 failed'],
    ['there is nothing to run', ['no-such-file'], '0 passed, 1 failed'],
    ['vitest breaks', ['--config', 'missing.config.ts'], '0 passed, 1 failed'],
  ])('closes with the count and fails when %s', (_, args, last) => {
    expect(npmTest(...args)).toMatchObject({ status: 1, last });
  });

  it('stops with what is wrong when set-up fails', () => {
    put('src/setup/main.ts', "process.stderr.write('error: no network\\n'); process.exitCode = 1;");
    expect(npmTest('good')).toEqual({ status: 1, stderr: 'Compiling TypeScript ...\nerror: no network\n', last: '' });
  });
});
