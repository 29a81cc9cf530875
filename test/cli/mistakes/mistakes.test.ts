import { rmSync } from 'node:fs';
import { afterAll, beforeAll, test } from 'vitest';
import type { Mistake } from './mistake.ts';
import { NAMING_PRESETS } from './naming-presets.ts';
import { makePlayground, type } from './playground.ts';
import { SWITCHING_CHOICES } from './switching-choices.ts';
import { TYPING_OPTIONS } from './typing-options.ts';

const MISTAKES = [...NAMING_PRESETS, ...TYPING_OPTIONS, ...SWITCHING_CHOICES];

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

test.concurrent.for(MISTAKES)('$command', async (mistake, { expect }) => {
  const { code, stdout, stderr } = await type(mistake.command, folder);
  const { says, instead, named = instead } = mistake;
  expect(stderr.split('\n').slice(0, says.length)).toEqual(says);
  expect(code).toBe(mistake.code ?? 2);
  if (code !== 0) expect(stdout).toBe('');
  if (named === undefined) return;
  expect(says.join('\n')).toContain(named);
  if (instead === undefined) return;
  const outcome = await type(tried(mistake), folder);
  expect(`${outcome.code} ${outcome.stderr}`).toMatch(/^0 /);
});
