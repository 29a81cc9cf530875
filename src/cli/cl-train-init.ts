import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { writeFileAtomic } from '../util/atomic-write.ts';
import { UserError } from '../util/errors.ts';
import { presetFile } from '../util/presets.ts';
import { programCommand } from '../util/program-command.ts';
import { shellWord } from '../util/shell-word.ts';
import { terminalText } from '../util/terminal-text.ts';
import { QUIET } from './option-kinds.ts';
import { experimentOf, LIST_HINT } from './preset-path.ts';

const NOTES = `
The file does what the preset does; its settings are explained, and an editor completes and checks them by the schema
that its first line names. Nothing is overwritten.

Examples:
  cl-train init simclr-imagenet100 photos
  cl-train init moco --output experiments/moco-a.yaml`;

const SCHEMA = fileURLToPath(new URL('../../configs/schema.json', import.meta.url));

const isInside = (path: string): boolean => !path.startsWith('..') && !isAbsolute(path);

/**
 * Where an editor finds the schema from a file in `folder`: beside or below it by a relative path, which stays true
 * when the project moves; so also in a clone, from a file in it. Otherwise by the whole path, as an address where it
 * has blanks, at which editors stop reading.
 */
export function schemaPlace(folder: string, schema = SCHEMA): string {
  const beside = relative(folder, schema);
  const packageFolder = dirname(dirname(schema));
  const isNear = isInside(beside) || isInside(relative(packageFolder, folder));
  const place = isNear ? (beside.startsWith('..') ? beside : `./${beside}`) : schema;
  return /[\s#%]/.test(place) ? pathToFileURL(schema).href : place;
}

/** The file of a preset. @throws UserError (exit code 2) for anything else. */
function findPreset(name: string | undefined): { readonly preset: string; readonly path: string } {
  if (name === undefined) {
    throw new UserError('expected the name of a preset, got nothing', {
      exitCode: 2,
      hint: `for photographs cl-train init simclr-imagenet100, for images of about 32 pixels cl-train init simclr; ${LIST_HINT}`,
    });
  }
  const path = presetFile(name);
  if (path !== undefined) return { preset: basename(path, '.yaml'), path };
  if (existsSync(name)) {
    throw new UserError(`expected the name of a preset, got the path ${name}`, {
      exitCode: 2,
      hint: `the preset comes first: cl-train init simclr-imagenet100 ${shellWord(name)}; ${LIST_HINT}`,
    });
  }
  experimentOf(name);
  throw new UserError(`expected the name of a preset, got ${name}`, { exitCode: 2, hint: LIST_HINT });
}

/** The images as a file in `folder` names them, where they were named from the working folder. */
function namedFrom(folder: string, data: string): string {
  return isAbsolute(data) || resolve(folder) === process.cwd() ? data : relative(folder, data);
}

/** Writes the file. @returns what was written, and which commands come next. */
async function init(name: string | undefined, data: string | undefined, given: string | undefined): Promise<string> {
  const { preset, path } = findPreset(name);
  const output = given ?? `${preset}.yaml`;
  if (!/\.ya?ml$/i.test(output)) {
    const hint = `for example --output ${shellWord(`${output}.yaml`)}`;
    throw new UserError(`--output: expected a name that ends in .yaml, got ${output}`, { exitCode: 2, hint });
  }
  if (existsSync(output)) {
    const hint = `name another one: --output ${shellWord(output.replace(/\.ya?ml$/i, '-2.yaml'))}`;
    throw new UserError(`expected a new file, got ${output}, which exists`, { exitCode: 2, hint });
  }
  const [{ loadConfig }, { starterText }] = await Promise.all([
    import('../config/load.ts'),
    import('../config/starter-file.ts'),
  ]);
  const folder = dirname(resolve(output));
  // Where there is no folder, writing says so.
  const place = existsSync(folder) ? realpathSync(folder) : folder;
  const text = readFileSync(path, 'utf8');
  // Of a preset that has its images with it.
  const own = /^data:\n +path:/m.test(text) ? loadConfig(path).data.path : undefined;
  const config = loadConfig(path, [{ label: 'DATA', key: 'data.path', text: data ?? own ?? '.' }]);
  const images = data === undefined ? own : namedFrom(folder, data);
  await writeFileAtomic(
    output,
    starterText({ preset, text, config, schema: schemaPlace(place), data: images, name: output }),
  );
  const command = `${programCommand('cl-train')} ${shellWord(output)}${images === undefined ? ' FOLDER' : ''}`;
  const missing =
    data !== undefined && !existsSync(data) ? `note: there is nothing at ${terminalText(data)} yet\n` : '';
  const written = `${terminalText(output)} is written: the settings of ${preset}, to change\n`;
  return `${written}${missing}next: ${command} --dry-run\n      ${command}\n`;
}

/** Adds `cl-train init`. */
export function addInit(program: CommandUnknownOpts): void {
  program
    .command('init')
    .description('writes an experiment file of a preset, to be changed')
    .argument('[preset]', 'the name of a preset')
    .argument('[data]', 'images: a folder, archive or other file')
    .option('-o, --output <file>', 'file to write, which must not exist yet (default: PRESET.yaml)')
    .addOption(QUIET)
    .addHelpText('after', NOTES)
    .action(async (preset, data, { output, quiet }) => {
      const told = await init(preset, data, output);
      if (!quiet) process.stderr.write(told);
    });
}
