import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../util/errors.ts';
import { nearestNames, plainWord } from '../util/nearest-name.ts';
import { presetFile, presetNames } from '../util/presets.ts';
import { shellWord } from '../util/shell-word.ts';

/** Where all presets are shown. */
export const LIST_HINT = 'cl-train --list shows all presets';

/** Methods of self-supervised learning that people ask for, and that are not here. */
const ELSEWHERE =
  /^(?:dino|ibot|simsiam|fastsiam|barlow|vicreg|swav|mae|simmim|beit|nnclr|densecl|dcl|ijepa|jepa|msn|pmsn|tico|smog|deepcluster|pirl|distill)/;

/** What there is in place of a method that is not here; undefined for any other word. */
export function missingMethod(word: string): string | undefined {
  if (!ELSEWHERE.test(plainWord(word))) return undefined;
  return `${word} is not offered: the methods are SimCLR, MoCo (v1, v2, v2+, v3) and BYOL; ${LIST_HINT}`;
}

/** Presets for images that are named without one; which method is meant is never guessed from them. */
export function presetChoice(path: string): string {
  const word = shellWord(path);
  const photographs = `cl-train simclr-imagenet100 ${word} for photographs`;
  return `${photographs}, cl-train simclr ${word} for images of about 32 pixels; ${LIST_HINT}`;
}

/** An experiment that the command line names. */
export interface Experiment {
  readonly path: string;
  /** Its name, where it is a preset. */
  readonly preset?: string | undefined;
  /** What a user should know of how it was found. */
  readonly note?: string | undefined;
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Whether a folder holds a run. */
export function isRunFolder(path: string): boolean {
  return existsSync(join(path, 'config.yaml')) && existsSync(join(path, 'checkpoints'));
}

/** What is meant by a folder in place of an experiment. */
function folderHint(folder: string): string {
  const word = shellWord(folder);
  if (isRunFolder(folder)) return `to go on with it: cl-train --resume ${word}`;
  return `images are named by --data: cl-train --config simclr --data ${word}`;
}

/**
 * The file that a word names or, for a bare name, the file of that name in the working folder, else the preset; with or
 * without `.yaml`. Undefined where there is none.
 */
export function findExperiment(given: string): Experiment | undefined {
  const isName = basename(given) === given;
  const preset = isName ? presetFile(given) : undefined;
  const own = [given, ...(isName ? [`${given}.yaml`] : [])].find(isFile);
  if (own === undefined) return preset === undefined ? undefined : { path: preset, preset: basename(preset, '.yaml') };
  if (preset === undefined || realpathSync(own) === realpathSync(preset)) return { path: own };
  return { path: own, note: `${own} of this folder is taken, not the preset of that name (${preset})` };
}

/** Whether a word names an experiment: a preset, or a YAML file; images and weights are files too. */
export function isExperiment(word: string): boolean {
  const found = findExperiment(word);
  return found !== undefined && (found.preset !== undefined || /\.ya?ml$/i.test(found.path));
}

/** The YAML files of the working folder, as far as it can be read. */
export function ownFiles(): string[] {
  try {
    return readdirSync('.').filter((name) => /\.ya?ml$/.test(name));
  } catch {
    return [];
  }
}

/**
 * The experiment that a word names, or a path that is not there, of which whoever reads it knows what is beside.
 *
 * @param label the option that the word was given to, if any.
 * @throws UserError (exit code 2) for folders and names that name none, with the nearest ones.
 */
export function experimentOf(given: string, label?: string): Experiment {
  const found = findExperiment(given);
  if (found !== undefined) return found;
  const place = label === undefined ? '' : `${label}: `;
  const wanted = `${place}expected the name of a preset or a YAML file, got`;
  if (existsSync(given)) throw new UserError(`${wanted} the folder ${given}`, { exitCode: 2, hint: folderHint(given) });
  const preset = presetFile(basename(given)) && basename(given, '.yaml');
  if (preset) {
    throw new UserError(`${place}expected a YAML file, got ${given}, which does not exist`, {
      exitCode: 2,
      hint: `did you mean the preset, ${label === undefined ? 'cl-train' : label} ${preset}?`,
    });
  }
  if (basename(given) !== given) return { path: given };
  const near = nearestNames(given.replace(/\.ya?ml$/, ''), [...presetNames(), ...ownFiles()]).slice(0, 3);
  const names = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(near.map(shellWord));
  throw new UserError(`${wanted} ${given}, which is neither`, {
    exitCode: 2,
    hint: near.length === 0 ? (missingMethod(given) ?? LIST_HINT) : `did you mean ${names}? ${LIST_HINT}`,
  });
}
