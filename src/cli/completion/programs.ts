import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { ProgramName } from '../../util/program-command.ts';

type Define = (signal: AbortSignal) => CommandUnknownOpts;

/** The programs beside cl-train, which completes their command lines; each is loaded when it is asked for. */
const OTHERS: Readonly<Record<Exclude<ProgramName, 'cl-train'>, () => Promise<{ readonly defineProgram: Define }>>> = {
  'cl-eval': () => import('../cl-eval.ts'),
  'cl-embed': () => import('../cl-embed.ts'),
  'cl-export': () => import('../cl-export.ts'),
  'cl-data': () => import('../cl-data.ts'),
  'cl-doctor': () => import('../cl-doctor.ts'),
};

/** The names of all programs. */
export const PROGRAM_NAMES = ['cl-train', ...Object.keys(OTHERS)] as readonly ProgramName[];

/** The options, arguments and commands of a program beside cl-train, which is not run. */
export async function loadProgram(name: keyof typeof OTHERS): Promise<CommandUnknownOpts> {
  const { defineProgram } = await OTHERS[name]();
  return defineProgram(new AbortController().signal);
}
