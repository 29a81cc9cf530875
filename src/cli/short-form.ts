import { existsSync } from 'node:fs';
import type { Assignment } from '../config/assignment.ts';
import { UserError } from '../util/errors.ts';
import { shellWord } from '../util/shell-word.ts';
import type { OptionNames } from './meant-option.ts';
import { meantTraining } from './meant-training.ts';
import { assignmentHint, manyHint } from './mistake-hint.ts';
import { otherProgram } from './other-programs.ts';
import { isExperiment, isRunFolder, presetChoice } from './preset-path.ts';

/** The words of `cl-train PRESET DATA`, as `--config` and `--data` give them. */
interface ShortForm {
  readonly config?: string | undefined;
  readonly data?: Assignment | undefined;
}

interface Given {
  readonly config?: string | undefined;
  readonly data?: Assignment | undefined;
}

function fail(message: string, hint: string | undefined): never {
  throw new UserError(message, { exitCode: 2, hint });
}

/** What is wrong with words beside `--config`. */
function refuseBesideConfig(words: readonly string[], config: string, given: Given, names: OptionNames): never {
  const [word = ''] = words;
  const isData = words.length === 1 && given.data === undefined && existsSync(word);
  const data = `images are named by --data: cl-train --config ${shellWord(config)} --data ${shellWord(word)}`;
  fail(
    `expected no more words beside --config ${config}, got ${words.join(' ')}`,
    assignmentHint(words, names) ?? (isData ? data : (manyHint(words) ?? 'leave the words out, or --config')),
  );
}

/** What is wrong with a path where the name of a preset is expected. */
function refusePath(path: string, second: string | undefined): never {
  const message = `expected the name of a preset before the images, got ${path}`;
  const word = shellWord(path);
  if (isRunFolder(path)) fail(`${message}, which is a run`, `to go on with it: cl-train --resume ${word}`);
  if (/\.(?:safetensors|pth|pt|ckpt|bin)$/.test(path)) {
    fail(`${message}, a file of weights`, `to start from it: cl-train simclr-imagenet100 FOLDER --init ${word}`);
  }
  if (second !== undefined && isExperiment(second)) {
    fail(message, `did you mean cl-train ${shellWord(second)} ${word}?`);
  }
  fail(message, presetChoice(path));
}

/** What is wrong with a word that names neither a preset nor a path. */
function refuseWord(word: string, second: string | undefined): void {
  const missing = `expected the name of a preset or a YAML file, got ${word}, which is neither`;
  if (/^(?:train|pretrain|fit|run|start)$/.test(word)) {
    const next = second !== undefined && isExperiment(second) ? second : 'simclr';
    fail(missing, `there is no command in front: cl-train ${shellWord(next)} FOLDER`);
  }
  const other = otherProgram(word, 'cl-train');
  if (other !== undefined) {
    fail(missing, `did you mean ${[other, ...(second === undefined ? [] : [shellWord(second)])].join(' ')}?`);
  }
}

/**
 * Reads the words of a command line that are no options: `PRESET [DATA]`, the same as `--config PRESET --data DATA`.
 *
 * @param names of the program's options.
 * @throws UserError (exit code 2), which names a command that works, for anything else: which method is meant is never
 *   guessed from the images.
 */
export function readShortForm(words: readonly string[], given: Given, names: OptionNames): ShortForm {
  const [first, second] = words;
  if (first === undefined) return {};
  if (given.config !== undefined) refuseBesideConfig(words, given.config, given, names);
  const assignments = assignmentHint(words, names);
  if (assignments !== undefined && !words.every((word) => existsSync(word))) {
    fail(
      `expected the name of a preset, then images, got ${words.join(' ')}`,
      meantTraining(words, names) ?? assignments,
    );
  }
  if (!isExperiment(first)) {
    if (existsSync(first)) refusePath(first, second);
    refuseWord(first, second);
  }
  if (second === undefined) return { config: first };
  if (given.data !== undefined) {
    fail(`expected images once, got ${second} and ${given.data.label} ${given.data.text}`, 'leave one of them out');
  }
  return { config: first, data: { label: 'DATA', key: 'data.path', text: second } };
}
