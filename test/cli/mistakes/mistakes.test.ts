import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inRepository } from '../run-command.ts';
import { BUNDLING } from './bundling.ts';
import { JUDGING_PLACES } from './judging-places.ts';
import type { Mistake } from './mistake.ts';
import { NAMING_PRESETS } from './naming-presets.ts';
import { makePlayground, type } from './playground.ts';
import { SWITCHING_CHOICES } from './switching-choices.ts';
import { TYPING_OPTIONS } from './typing-options.ts';

const MISTAKES = [...NAMING_PRESETS, ...TYPING_OPTIONS, ...SWITCHING_CHOICES, ...JUDGING_PLACES, ...BUNDLING];

let folder = '';

beforeAll(() => {
  folder = makePlayground();
});

afterAll(() => rmSync(folder, { recursive: true }));

/** The command that is run in place of the mistake: as a dry run where training would start. */
function tried({ instead = '' }: Mistake): string {
  const command = instead.replaceAll('FOLDER', 'flowers');
  return /^cl-train (?!.*(?:--list|--print|--help))/.test(command) ? `${command} --dry-run` : command;
}

/** Types a command and checks what it answers, then types the command that the answer names. */
async function check(mistake: Mistake, call: (text: string) => string, programs: string | undefined): Promise<void> {
  const { code, stdout, stderr } = await type(call(mistake.command), folder, programs);
  const { says, instead, named = instead } = mistake;
  expect(stderr.split('\n').slice(0, says.length)).toEqual(says.map(call));
  expect(code).toBe(mistake.code ?? 2);
  if (code !== 0) expect(stdout).toBe('');
  if (named === undefined) return;
  expect(says.join('\n')).toContain(named);
  if (instead === undefined) return;
  const outcome = await type(call(tried(mistake)), folder, programs);
  expect(`${outcome.code} ${outcome.stderr}`).toMatch(/^0 /);
}

test.concurrent.for(MISTAKES)('$command', (mistake) => check(mistake, (text) => text, join(folder, 'programs')));

/** Mistakes that are tried where the programs have no names: with commands of each program, in each of their forms. */
const IN_CLONE = [
  'cl-train',
  'cl-train flowers/',
  'cl-train runs/simclr',
  'cl-train list',
  'cl-train knn --run runs/simclr',
  'cl-data flowers',
];

/** A text whose programs are called by their files. */
const byFile = (text: string): string =>
  text.replace(/(?<![\w./])cl-[a-z]+/g, (name) => `node ${inRepository(`bin/${name}.js`)}`);

test.concurrent.for(MISTAKES.filter(({ command }) => IN_CLONE.includes(command)))('in a clone, $command', (mistake) =>
  check(mistake, byFile, undefined),
);

test.concurrent.for(['cl-train', 'cl-eval', 'cl-eval knn', 'cl-data pack', 'cl-export'])(
  'in a clone, the help of %s names commands that can be typed',
  async (program) => {
    const { stdout } = await type(byFile(`${program} --help`), folder, undefined);
    const commands = stdout.split('\n').filter((line) => /^Usage: |^ +\S.*--run/.test(line));
    expect(commands.length).toBeGreaterThan(0);
    for (const line of commands.filter((each) => /cl-[a-z]/.test(each))) expect(line).toMatch(/node \S+\/bin\/cl-/);
  },
);
