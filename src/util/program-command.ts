import { realpathSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
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

const COMMANDS = 'knn|linear-probe|inspect|preview|pack|bench|checkpoint';

/** A program's name before an option or a command: there a text holds what a user may type. */
const TYPED = new RegExp(
  `(?<![\\w./-])cl-(?:train|eval|embed|export|data|doctor)(?= (?:--?[a-z]|(?:${COMMANDS})\\b))`,
  'g',
);

/** A text whose commands are called as {@link programCommand} says; names of programs that stand alone stay. */
export function callPrograms(text: string): string {
  return text.replace(TYPED, (name) => programCommand(name as ProgramName));
}
