import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { presetNames } from '../../src/util/presets.ts';
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

/** Texts, and the program in them that somebody types. */
const TYPED = [
  'go on: cl-train --resume DIR',
  'cl-eval knn --run DIR evaluates it',
  'did you mean cl-train simclr flowers/?',
  'for example cl-train quickstart, which has its images with it',
  'cl-train simclr-imagenet100 flowers/ for photographs',
  "did you mean cl-train 'my runs/a.yaml' flowers?",
  'cl-train own.yaml flowers',
  'cl-train PRESET FOLDER --init a.pth',
  'to see it: cl-train help',
  'cl-train completion bash',
  'cl-train init',
  'Usage: cl-train [options] [preset] [data]',
  'Run `cl-doctor` to see what is missing',
  'did you mean cl-embed?',
  ...presetNames().map((name) => `cl-train ${name} FOLDER`),
];

/** Texts about programs, and what only looks like one. */
const UNTYPED = [
  'cl-eval and cl-export take it; cl-doctor lists more.',
  'images are found as cl-train finds them',
  'by cl-train 0.1.0, or ./cl-train -c a, or runs/cl-train --resume',
  'cl-train simclration',
];

test.each(TYPED)('the command in "%s" is called so', (text) => {
  // The tests have the programs on the path.
  expect(callPrograms(text)).toBe(text);
  vi.stubEnv('PATH', '/usr/bin');
  expect(callPrograms(text)).toBe(text.replace(/cl-[a-z]+/, 'node bin/$&.js'));
});

test.each(UNTYPED)('"%s" stays', (text) => {
  vi.stubEnv('PATH', '/usr/bin');
  expect(callPrograms(text)).toBe(text);
});
