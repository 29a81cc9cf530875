import { realpathSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { presetNames } from './presets.ts';
import { shellWord } from './shell-word.ts';

/** The programs of this package. */
export type ProgramName = 'cl-train' | 'cl-eval' | 'cl-embed' | 'cl-export' | 'cl-data' | 'cl-doctor';

/** Where npm puts the programs of a project; it is on the path of what npm and npx start, not on that of the user. */
const PROJECT_PROGRAMS = join('node_modules', '.bin');

function isSameFile(path: string, other: string): boolean {
  try {
    return realpathSync(path) === realpathSync(other);
  } catch {
    return false;
  }
}

function foldersAbove(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...foldersAbove(above)];
}

/**
 * How a user calls a program of this package from the present folder: by its name where it is installed or linked, by
 * npx where a project holds it, else, as in a clone, by its file.
 */
export function programCommand(name: ProgramName, path = process.env['PATH'] ?? '', folder = process.cwd()): string {
  const file = fileURLToPath(new URL(`../../bin/${name}.js`, import.meta.url));
  const isThis = (found: string): boolean => isSameFile(found, file);
  const named = path.split(delimiter).filter((each) => each !== '' && !each.endsWith(PROJECT_PROGRAMS));
  if (named.some((each) => isThis(join(each, name)))) return name;
  if (foldersAbove(folder).some((each) => isThis(join(each, PROJECT_PROGRAMS, name)))) return `npx ${name}`;
  const beside = relative(folder, file);
  return `node ${shellWord(beside.startsWith('..') ? file : beside)}`;
}

const COMMANDS = 'help|init|completion|knn|linear-probe|inspect|preview|pack|bench|checkpoint';

/** What tells a program that somebody types from one that a sentence is about: the word behind it, or none. */
const BEHIND = [
  '--?[a-z]',
  `(?:${COMMANDS})\\b`,
  // Experiments by their names, files, and what stands for them.
  '(?:PRESETS)(?![\\w.-]*[\\w-])',
  "(?:'[^']*|[^\\s']*)\\.ya?ml\\b",
  '[A-Z]{3,}\\b',
  '\\[',
].join('|');

let typed: RegExp | undefined;

function typedPrograms(): RegExp {
  const behind = BEHIND.replace('PRESETS', presetNames().join('|'));
  typed ??= new RegExp(`(?<![\\w./-])cl-(?:train|eval|embed|export|data|doctor)(?=[\`?]| (?:${behind}))`, 'g');
  return typed;
}

/** A text whose commands are called as {@link programCommand} says; names of programs that stand alone stay. */
export function callPrograms(text: string): string {
  if (!text.includes('cl-')) return text;
  return text.replace(typedPrograms(), (name) => programCommand(name as ProgramName));
}
