import { basename } from 'node:path';
import { Argument, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Completion } from './completion/complete-line.ts';
import { PROGRAM_NAMES } from './completion/programs.ts';
import { SHELLS, type Shell } from './completion/shell-scripts.ts';
import type { TypedLine } from './completion/typed-line.ts';
import { parseName } from './parse-value.ts';

const NOTES = `
It completes the options, commands and files of all programs, presets, and settings behind --set. For this shell, and
for all to come:
  bash  source <(cl-train completion bash)        the same line in ~/.bashrc
  zsh   source <(cl-train completion zsh)         the same line in ~/.zshrc, behind compinit
  fish  cl-train completion fish | source         the same line in ~/.config/fish/config.fish`;

/** Letters of a description, of which a list on a terminal shows one line. */
const MOST_LETTERS = 70;

function shorten(text: string): string {
  return text.length <= MOST_LETTERS ? text : `${text.slice(0, MOST_LETTERS - 3).trimEnd()}...`;
}

/** What a shell's script reads: which paths it completes itself, and the words in the form of that shell. */
function answer(shell: Shell, { words, paths }: Completion, { beforeBreak }: TypedLine): string {
  // A blank follows what is whole, and not `optimizer.` or `optimizer.learningRate=`.
  const isOpen = words.length > 0 && words.every(({ text }) => /[.=]$/.test(text));
  const lines = words.map(({ text, description }) => {
    if (shell === 'bash') return text.slice(beforeBreak.length);
    return description === '' ? text : `${text}\t${shorten(description.replaceAll(/\s+/g, ' '))}`;
  });
  return `${[`${paths}${isOpen ? ' open' : ''}`, ...lines].join('\n')}\n`;
}

/** Answers a shell's script. A line of no program of ours has no words. `train` is cl-train itself. */
async function complete(shell: Shell, line: string, train: CommandUnknownOpts): Promise<string> {
  const [{ readTypedLine }, { completeLine }, { loadProgram }] = await Promise.all([
    import('./completion/typed-line.ts'),
    import('./completion/complete-line.ts'),
    import('./completion/programs.ts'),
  ]);
  const typed = readTypedLine(line);
  // Before it, variables of the environment may stand.
  const at = typed.words.findIndex((word) => PROGRAM_NAMES.some((name) => name === basename(word)));
  const name = PROGRAM_NAMES.find((each) => each === basename(typed.words[at] ?? ''));
  if (name === undefined) return 'files\n';
  const program = name === 'cl-train' ? train : await loadProgram(name);
  const completion = await completeLine(program, typed.words.slice(at + 1), typed.last);
  return answer(shell, completion, typed);
}

const shellArgument = () =>
  new Argument('<shell>', 'bash, zsh or fish').choices(SHELLS).argParser((text) => parseName('SHELL', text, SHELLS));

/** Adds `cl-train completion`, and what its scripts call. */
export function addCompletion(program: CommandUnknownOpts): void {
  program
    .command('completion')
    .description('prints what a shell needs to complete command lines')
    .addArgument(shellArgument())
    .addHelpText('after', NOTES)
    .action(async (shell) => {
      const { completionScript } = await import('./completion/shell-scripts.ts');
      process.stdout.write(completionScript(shell));
    });
  program
    .command('complete', { hidden: true })
    .addArgument(shellArgument())
    .argument('<line>')
    .action(async (shell, line) => {
      process.stdout.write(await complete(shell, line, program));
    });
}
