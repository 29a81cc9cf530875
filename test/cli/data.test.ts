import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clData, inRepository, type Outcome, runNode, temporaryFolder } from './run-command.ts';

/** Standard error, which must be all that there is, and the exit code. */
function problem({ code, stdout, stderr }: Outcome): string {
  expect(stdout).toBe('');
  return `exit ${code}: ${stderr}`;
}

test('--help lists the subcommands, and each its options, without loading anything heavy', async () => {
  const trace = inRepository('test/cli/list-loaded.mjs');
  const bin = inRepository('bin/cl-data.js');
  for (const args of [['--help'], ['pack', '--help']]) {
    const { code, stdout, stderr } = await runNode(['--import', trace, bin, ...args]);
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: cl-data ${args[0] === 'pack' ? 'pack [options]' : '[options] [command]'}`);
    expect(stderr).not.toMatch(/tensorflow|koffi|sharp|zod|yaml/);
    expect(stderr).toMatch(/commander/);
  }
});

test('wrong use is exit code 2 and one message', async () => {
  expect(problem(await clData(['pak', 'x']))).toMatchInlineSnapshot(`
    "exit 2: error: unknown command 'pak'
    (Did you mean pack?)
    "
  `);
  expect(problem(await clData(['pack']))).toMatchInlineSnapshot(`
    "exit 2: error: expected images (a path, or --config FILE), got neither
    hint: for example cl-data pack FOLDER OUT
    "
  `);
  expect(problem(await clData(['pack', 'x', 'y', '--dry-rum']))).toMatchInlineSnapshot(`
    "exit 2: error: unknown option '--dry-rum'
    (Did you mean --dry-run?)
    "
  `);
  expect(problem(await clData(['pack', 'x', 'y', '--set', 'data.frction=1']))).toMatchInlineSnapshot(`
    "exit 2: error: --set data.frction: expected a known setting, got "frction"; did you mean "fraction"?
    hint: every setting, its bounds and its meaning: cl-train --print-schema
    "
  `);
  expect(problem(await clData(['pack', 'y', '--config', 'simclar.yaml']))).toMatchInlineSnapshot(`
    "exit 2: error: --config: expected a YAML file, got simclar.yaml, which does not exist
    "
  `);
  expect(await clData([])).toMatchObject({ code: 2, stdout: '' });
});

test('images come from a path, or from an experiment file with changes', async () => {
  const folder = temporaryFolder();
  for (const name of ['cat/0.png', 'cat/1.png', 'dog/0.png']) {
    mkdirSync(join(folder, 'images', name, '..'), { recursive: true });
    writeFileSync(join(folder, 'images', name), 'never read');
  }
  writeFileSync(join(folder, 'run.yaml'), 'data: {path: images}\nmethod: {name: moco}\n');
  const dryRun = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await clData(['pack', ...args, '--dry-run'], folder);
    return `${code} ${stdout || stderr}`.split('\n')[0] as string;
  };
  expect(await dryRun('images', 'out')).toContain('class folders: 3 images in 2 classes');
  expect(await dryRun('out', '--config', 'run.yaml')).toContain('class folders: 3 images in 2 classes');
  expect(await dryRun('out', '-c', 'run.yaml', '--set', 'data.classes=[cat]')).toContain('2 images in 1 classes');
  expect(await dryRun('imags', 'out')).toContain('2 error: expected a folder or archive of images, got nothing at');
});
