import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { runNode, temporaryFolder } from '../run-command.ts';

/** Keys, as Emacs and so the shells have them. */
const [TAB, HOME, END] = ['\t', '\x01', '\x05'];

/** What is typed, and what stands on the line after it. */
const TYPED: readonly (readonly [typed: string, line: string])[] = [
  [`cl-train mocov1${TAB}`, 'cl-train mocov1-imagenet'],
  [`cl-train --set optimizer.na${TAB}la${TAB}`, 'cl-train --set optimizer.name=lars'],
  [`cl-train --set opti${TAB}we${TAB}0`, 'cl-train --set optimizer.weightDecay=0'],
  [`cl-train simclr ph${TAB}`, 'cl-train simclr photos'],
  [`cl-train --resume ph${TAB}`, 'cl-train --resume photos'],
  [`cl-train --resume ru${TAB}`, 'cl-train --resume ru'],
  [`cl-train own${TAB}`, 'cl-train own.yaml'],
  [`cl-train --data=ph${TAB}`, 'cl-train --data=photos'],
  [`A=1 cl-train --device=c${TAB}`, 'A=1 cl-train --device=cpu'],
  [`cl-eval li${TAB}--weights we${TAB}`, 'cl-eval linear-probe --weights weights.pth'],
  [`cl-export --format onnx,tor${TAB}`, 'cl-export --format onnx,torchvision'],
  [`cl-embed --norm${TAB}`, 'cl-embed --normalize'],
  [`cl-data insp${TAB}`, 'cl-data inspect'],
  [`cl-doctor chec${TAB}`, 'cl-doctor checkpoint'],
];

/** How a shell is started with nothing of the user's, and told to complete. */
const SHELLS = [
  ['bash', 'bash --norc --noprofile -i', 'source <(cl-train completion bash)'],
  ['fish', 'fish --no-config -i', 'cl-train completion fish | source'],
  ['zsh', 'zsh -f -i', 'bindkey -e; autoload -U compinit; compinit -D -u; source <(cl-train completion zsh)'],
] as const;

const isInstalled = (shell: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, shell)));

/** A folder with a folder, an experiment and weights. */
function makeFolder(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'photos'));
  for (const name of ['own.yaml', 'weights.pth', 'runs.txt']) writeFileSync(join(folder, name), '');
  return folder;
}

/** Types keys into a shell on a terminal, and returns what it printed. */
async function typeInto(shell: string, keys: string, folder: string): Promise<string> {
  const args = ['-qec', shell, '/dev/null'];
  const child = spawn('script', args, { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'], timeout: 60_000 });
  let text = '';
  child.stdout.on('data', (part) => {
    text += part;
  });
  child.stdin.write(keys);
  await once(child, 'close');
  return stripVTControlCharacters(text);
}

describe.each(SHELLS)('%s', (shell, command, source) => {
  it.skipIf(!isInstalled(shell))('completes what is typed for every program', async () => {
    // Each line is printed in place of being run.
    const lines = TYPED.map(([typed]) => `${typed}${END}"${HOME}echo "line: \n`);
    const text = await typeInto(command, `${source}\n${lines.join('')}exit\n`, makeFolder());
    const printed = text.split(/[\r\n]+/).flatMap((line) => /^line: (.*?)[ /]*$/.exec(line)?.[1] ?? []);
    expect(printed).toEqual(TYPED.map(([, line]) => line));
  });

  it.skipIf(!isInstalled(shell))('runs nothing of what is typed', async () => {
    const folder = makeFolder();
    const line = `cl-train --data $(touch ran) \`touch ran\` mocov1${TAB}\x15`;
    await typeInto(command, `${source}\n${line}exit\n`, folder);
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });
});

describe('cl-train completion', () => {
  it('says which shells there are', async () => {
    const { code, stderr } = await runNode(['bin/cl-train.js', 'completion', 'tcsh']);
    expect([code, stderr]).toEqual([2, 'error: SHELL: expected bash, zsh or fish, got tcsh\n']);
  });
});
