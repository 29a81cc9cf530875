import { basename } from 'node:path';
import { isCollection, isMap, isPair, isScalar, parseDocument, stringify, type YAMLMap } from 'yaml';
import { shellWord } from '../util/shell-word.ts';
import type { RunConfig } from './run-config.ts';
import { describeSettingOf } from './setting-choices.ts';

/** Settings of a whole run that a file mentions with what holds without them. */
const MENTIONED = ['seed', 'device', 'precision'] as const;

/** Columns of a line; comments that would be wider are left out. */
const MOST_COLUMNS = 118;

/** What a new experiment file is made of. */
export interface StarterFile {
  /** The name of the preset, and its text. */
  readonly preset: string;
  readonly text: string;
  /** The preset's configuration, complete. */
  readonly config: RunConfig;
  /** Where an editor finds the schema: a path without blanks, or an address. */
  readonly schema: string;
  /** The images, as the file names them; undefined: to be named. */
  readonly data?: string | undefined;
  /** The name of the file, for the commands in its head. */
  readonly name: string;
}

/** The first paragraph of a preset's head, which says what it is. */
function titleOf(text: string): string[] {
  const lines = text.split('\n').slice(2);
  return lines.slice(0, lines.indexOf('#')).map((line) => line.slice(2));
}

/** Puts what each single setting of a section means behind it, where the preset says nothing and a line has room. */
function explainSettings(section: YAMLMap, path: readonly string[], settings: unknown): void {
  for (const pair of section.items) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    const { key, value } = pair;
    const inner = [...path, String(key.value)];
    if (isMap(value) && !value.flow) explainSettings(value, inner, settings);
    if (!isScalar(value) && !(isCollection(value) && value.flow)) continue;
    const text = value.comment == null ? describeSettingOf(settings, inner) : undefined;
    const width = `${key.value}: ${value.toString()} # ${text}`.length + 2 * path.length;
    const isPlain = text?.toLowerCase() === String(key.value).toLowerCase();
    if (text !== undefined && !isPlain && width <= MOST_COLUMNS) value.comment = ` ${text}`;
  }
}

/** What a preset says of its images besides their path, as lines of that section. */
function furtherData(text: string): string[] {
  const { data } = parseDocument(text).toJS() as { data?: Record<string, unknown> | undefined };
  const { path: _, ...others } = data ?? {};
  const lines = Object.keys(others).length === 0 ? [] : stringify(others).trim().split('\n');
  return lines.map((line) => `  ${line}`);
}

/** The settings of a preset with what they mean, without its images. */
function settingsText(text: string): string {
  const document = parseDocument(text);
  document.commentBefore = null;
  document.delete('data');
  const [first] = isMap(document.contents) ? document.contents.items : [];
  if (isScalar(first?.key)) first.key.commentBefore = null;
  if (isMap(document.contents)) explainSettings(document.contents, [], document.toJS());
  return document.toString({ lineWidth: 0, flowCollectionPadding: false }).trim();
}

/**
 * The text of an experiment file that does what a preset does, with the settings that people change explained: its
 * schema for editors first, then commands, images, and what the preset sets.
 */
export function starterText({ preset, text, config, schema, data, name }: StarterFile): string {
  const [file, images] = [shellWord(name), data === undefined ? ' FOLDER' : ''];
  const path = data === undefined ? '  # path: FOLDER' : `  path: ${stringify(data, { lineWidth: 0 }).trim()}`;
  const defaults = MENTIONED.filter((key) => !new RegExp(`^${key}:`, 'm').test(text));
  return [
    `# yaml-language-server: $schema=${schema}`,
    '#',
    ...titleOf(text).map((line) => `# ${line}`),
    `# Made of the preset ${preset}; what it leaves out has its default.`,
    '#',
    `#   cl-train ${file}${images} --dry-run`,
    `#   cl-train ${file}${images}`,
    `#   cl-train ${file}${images} --print-config   # all settings`,
    '#',
    '# An editor with the YAML language server completes and checks settings by the schema above. Where it finds none, as',
    '# the package was moved: cl-train --print-schema > schema.json, and $schema=./schema.json above.',
    '',
    'data:',
    `${path} # a folder, archive, list or other file; datasets.md has the formats`,
    ...furtherData(text),
    '',
    settingsText(text),
    '',
    '# Without these lines the same holds:',
    ...defaults.map((key) => `# ${key}: ${config[key]} # ${describeSettingOf(config, [key])}`),
    `# output: runs/${basename(name).replace(/\.ya?ml$/i, '')} # ${describeSettingOf(config, ['output'])}`,
    '# init: WEIGHTS # a run folder or a file of weights to start from; else random weights',
    '',
  ].join('\n');
}
