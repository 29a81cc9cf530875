import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { presetNames } from '../../util/presets.ts';
import { AUTO } from '../choose-config.ts';
import { offerOf } from '../option-kinds.ts';
import { ownFiles } from '../preset-path.ts';

/** A word that may be written. */
export interface Offered {
  readonly text: string;
  readonly description: string;
}

/** Which paths may be written, if any: files where no word fits, folders beside words. */
export type Paths = 'none' | 'files' | 'folders';

interface Offers {
  readonly words: readonly Offered[];
  readonly paths: Paths;
}

type CommandOption = CommandUnknownOpts['options'][number];
type CommandArgument = CommandUnknownOpts['registeredArguments'][number];

const bare = (names: readonly string[]): Offered[] => names.map((text) => ({ text, description: '' }));

/** Presets, and experiments of the working folder whose names need no quotes. */
const experiments = (): Offers => ({
  words: [
    ...presetNames().map((text) => ({ text, description: 'preset' })),
    ...bare(ownFiles().filter((name) => /^[\w.-]+$/.test(name))),
  ],
  paths: 'files',
});

/** What stands in place of an argument of a command: of its choices, else of presets, else of files. */
export async function offerArgument(argument: CommandArgument): Promise<Offers> {
  if (argument.argChoices !== undefined) return { words: bare(argument.argChoices), paths: 'none' };
  if (argument.name() === 'preset') return experiments();
  // That of `help`.
  return { words: [], paths: argument.name() === 'command' ? 'none' : 'files' };
}

/** Paths by what an option calls its value. */
function pathsOf({ flags }: CommandOption): Paths {
  const [, value = ''] = /[<[](.*?)[>\]]/.exec(flags) ?? [];
  return value === 'dir' ? 'folders' : ['file', 'path', 'which'].includes(value) ? 'files' : 'none';
}

/** `KEY=VALUE`: names of settings, then values of one. */
async function offerAssignment(begun: string): Promise<Offers> {
  const { completeSetting, settingValues } = await import('../../config/setting-choices.ts');
  const equals = begun.indexOf('=');
  if (equals === -1) return { words: completeSetting(begun, '='), paths: 'none' };
  const { names, isText } = settingValues(begun.slice(0, equals));
  return { words: bare(names.map((name) => begun.slice(0, equals + 1) + name)), paths: isText ? 'files' : 'none' };
}

/** What stands in place of the value of an option that begins like a text. */
export async function offerValue(option: CommandOption, begun: string): Promise<Offers> {
  const { setting, names } = offerOf(option);
  const paths = pathsOf(option);
  if (option.long === '--set') return offerAssignment(begun);
  if (option.long === '--config') return experiments();
  if (option.long === '--resume') return { words: bare([AUTO]), paths: 'folders' };
  if (option.long === '--allow-change') {
    const { completeSetting } = await import('../../config/setting-choices.ts');
    return { words: completeSetting(begun.slice(begun.lastIndexOf(',') + 1), ''), paths: 'none' };
  }
  if (setting !== undefined && paths === 'none') {
    const { settingValues } = await import('../../config/setting-choices.ts');
    return { words: bare(settingValues(setting).names), paths };
  }
  return { words: bare(option.argChoices ?? names ?? []), paths };
}
