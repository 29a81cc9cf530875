import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { callPrograms, programCommand } from '../../src/util/program-command.ts';
import { inRepository, temporaryFolder } from '../cli/run-command.ts';

afterEach(() => vi.unstubAllEnvs());

/** A folder with a program in it that leads to a file. */
function linkIn(folder: string, target: string): string {
  mkdirSync(folder, { recursive: true });
  symlinkSync(target, join(folder, 'cl-train'));
  return folder;
}

const file = inRepository('bin/cl-train.js');

test('a program is called by its name where the shell finds it', () => {
  const folder = temporaryFolder();
  const path = `/usr/bin:${linkIn(join(folder, 'bin'), file)}`;
  expect(programCommand('cl-train', path, folder)).toBe('cl-train');
  // Another program of that name is not this one.
  const other = join(folder, 'other.js');
  writeFileSync(other, '');
  expect(programCommand('cl-train', linkIn(join(folder, 'others'), other), folder)).toBe(`node ${file}`);
});

test('in a project that has the package, npx finds it, also where npm has put it on the path', () => {
  const project = temporaryFolder();
  const programs = linkIn(join(project, 'node_modules/.bin'), file);
  mkdirSync(join(project, 'data'));
  for (const path of ['/usr/bin', `${programs}:/usr/bin`]) {
    expect(programCommand('cl-train', path, join(project, 'data'))).toBe('npx cl-train');
  }
});

test('in a clone a program is called by its file', () => {
  expect(programCommand('cl-eval', '/usr/bin', inRepository('.'))).toBe('node bin/cl-eval.js');
  expect(programCommand('cl-eval', '', inRepository('src/'))).toBe(`node ${inRepository('bin/cl-eval.js')}`);
});

test('commands in a text are called so, names of programs stay', () => {
  const text =
    'cl-eval and cl-export take it; cl-doctor lists more: cl-train --resume DIR, cl-eval knn --run DIR, or ./cl-train -c a';
  // The tests have the programs on the path.
  expect(callPrograms(text)).toBe(text);
  vi.stubEnv('PATH', '/usr/bin');
  expect(callPrograms(text)).toBe(
    'cl-eval and cl-export take it; cl-doctor lists more: node bin/cl-train.js --resume DIR, node bin/cl-eval.js knn --run DIR, or ./cl-train -c a',
  );
});
