import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { defineProgram } from '../../../src/cli/cl-train.ts';
import { completeLine } from '../../../src/cli/completion/complete-line.ts';
import { loadProgram, PROGRAM_NAMES } from '../../../src/cli/completion/programs.ts';
import { readTypedLine } from '../../../src/cli/completion/typed-line.ts';
import { presetNames } from '../../../src/util/presets.ts';
import type { ProgramName } from '../../../src/util/program-command.ts';

const programOf = (name: ProgramName): Promise<CommandUnknownOpts> =>
  name === 'cl-train' ? Promise.resolve(defineProgram(new AbortController().signal)) : loadProgram(name);

async function complete(line: string): Promise<{ words: string[]; paths: string }> {
  const { words, last } = readTypedLine(line);
  const program = await programOf(words[0] as ProgramName);
  const { words: offered, paths } = await completeLine(program, words.slice(1), last);
  return { words: offered.map(({ text }) => text), paths };
}

describe('completion of a command line', () => {
  it.each([
    ['cl-train mocov1', ['mocov1-imagenet']],
    ['cl-train --config mocov1', ['mocov1-imagenet']],
    ['cl-train --config=mocov1', ['--config=mocov1-imagenet']],
    ['cl-train moco --batch', ['--batch-size']],
    ['cl-train --device ', ['auto', 'cpu', 'gpu']],
    ['cl-train --device=c', ['--device=cpu']],
    ['cl-train --set opt', ['optimizer.']],
    ['cl-train --set optimizer.learn', ['optimizer.learningRate=']],
    ['cl-train --set optimizer.name=', ['sgd', 'lars', 'adam', 'adamw'].map((name) => `optimizer.name=${name}`)],
    ['cl-train --set deterministic=', ['auto', 'true', 'false'].map((name) => `deterministic=${name}`)],
    ['cl-train --set views.normal', ['views.normalize=', 'views.normalize.']],
    ['cl-train --resume runs/a --allow-change seed,prec', ['seed,precision']],
    ['cl-train --resume a', ['auto']],
    ['cl-train init mocov1', ['mocov1-imagenet']],
    ['cl-train init simclr photos --o', ['--output']],
    ['cl-train completion ', ['bash', 'zsh', 'fish']],
    ['cl-eval ', ['knn', 'linear-probe', 'help']],
    ['cl-eval knn --we', ['--weights']],
    ['cl-export --format onnx,t', ['onnx,torchvision', 'onnx,timm', 'onnx,tfjs']],
    ['cl-export --checkpoint b', ['best']],
    ['cl-embed --features ', ['backbone', 'embedding']],
    ['cl-data pre', ['preview']],
    ['cl-data preview photos --recipe byo', ['byol', 'byol-cifar']],
    ['cl-data pack photos out --format r', ['raw']],
    ['cl-doctor ch', ['checkpoint']],
    ['cl-doctor --inst', ['--install']],
    ['cl-train --seed ', []],
    ['cl-train --nothing=', []],
    ['cl-train -- --se', []],
  ])('%s', async (line, words) => {
    expect((await complete(line)).words).toEqual(words);
  });

  it.each([
    ['cl-train simclr ', 'files'],
    ['cl-train --data ', 'files'],
    ['cl-train --data=', 'files'],
    ['cl-train --set data.path=', 'files'],
    ['cl-train --output ', 'folders'],
    ['cl-train --resume ', 'folders'],
    ['cl-eval knn --run ', 'folders'],
    ['cl-embed --weights ', 'files'],
    ['cl-data inspect ', 'files'],
    ['cl-train --epochs ', 'none'],
    ['cl-train --set seed=', 'none'],
    ['cl-eval ', 'none'],
  ])('%s takes %s', async (line, paths) => {
    expect((await complete(line)).paths).toBe(paths);
  });

  it('offers all presets and the commands in the first place', async () => {
    const { words } = await complete('cl-train ');
    expect(words).toEqual(expect.arrayContaining([...presetNames(), 'completion', 'help']));
    expect(words).not.toContain('complete');
  });

  it('finds no preset by the name of a command, which would hide it', async () => {
    const { commands } = await programOf('cl-train');
    expect(commands.filter((command) => presetNames().includes(command.name()))).toEqual([]);
  });

  it('offers an option once, unless it may be repeated', async () => {
    const { words } = await complete('cl-train --seed 1 --set seed=1 --se');
    expect(words).toEqual(['--set']);
  });

  it('offers every visible option of every program', async () => {
    for (const name of PROGRAM_NAMES) {
      const program = await programOf(name);
      const commands = [program, ...program.commands].filter((each) => each === program || each.options.length > 0);
      for (const command of commands) {
        const path = command === program ? name : `${name} ${command.name()}`;
        const options = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long);
        expect((await complete(`${path} --`)).words, path).toEqual([...options, '--help']);
      }
    }
  });
});
