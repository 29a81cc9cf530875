import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { defineProgram } from '../../src/cli/cl-train.ts';
import { schemaPlace } from '../../src/cli/cl-train-init.ts';
import { loadConfig } from '../../src/config/load.ts';
import { presetFile, presetNames } from '../../src/util/presets.ts';
import { clTrain, inRepository, temporaryFolder } from './run-command.ts';

const SCHEMA = inRepository('configs/schema.json');

/** Where an editor looks for the schema of a file, as the YAML language server reads its first line. */
function schemaOf(file: string): string {
  const [, place = ''] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(readFileSync(file, 'utf8')) ?? [];
  return place.startsWith('file:') ? fileURLToPath(place) : resolve(dirname(file), place);
}

/** Writes the file of a preset in this process. */
async function init(...args: readonly string[]): Promise<void> {
  await defineProgram(new AbortController().signal).parseAsync(['init', '--quiet', ...args], { from: 'user' });
}

describe('cl-train init', () => {
  it('writes what the preset does, for every preset', async () => {
    const folder = temporaryFolder();
    for (const name of presetNames()) {
      const output = join(folder, `${name}.yaml`);
      await init(name, '/data/photos', '--output', output);
      const data = [{ label: 'DATA', key: 'data.path', text: '/data/photos' }];
      expect(loadConfig(output), name).toEqual(loadConfig(presetFile(name) as string, data));
      expect(Object.keys(parse(readFileSync(output, 'utf8'))), name).toContain('data');
      const long = readFileSync(output, 'utf8')
        .split('\n')
        .filter((line) => line.length > 120);
      expect(long.filter((line) => !line.includes('$schema='))).toEqual([]);
    }
  });

  it('explains settings, and says what holds without a line', async () => {
    const output = join(temporaryFolder(), 'a.yaml');
    await init('simclr', 'photos', '--output', output);
    const text = readFileSync(output, 'utf8');
    expect(text).toContain('  epochs: 100 # Passes over the training images\n');
    expect(text).toContain('  learningRate: 0.06 # for a batch of 256, so 0.12 here\n');
    expect(text).toContain('# seed: 0 # Seed of everything random');
  });

  it('says what comes next, and the commands work', async () => {
    const folder = temporaryFolder();
    const written = await clTrain(['init', 'quickstart'], folder);
    expect(written.code, written.stderr).toBe(0);
    expect(written.stderr).toBe(
      [
        'quickstart.yaml is written: the settings of quickstart, to change',
        'next: cl-train quickstart.yaml --dry-run',
        '      cl-train quickstart.yaml',
        '',
      ].join('\n'),
    );
    expect(schemaOf(join(folder, 'quickstart.yaml'))).toBe(SCHEMA);
    const planned = await clTrain(['quickstart.yaml', '--dry-run'], folder);
    expect([planned.code, planned.stdout]).toEqual([0, expect.stringContaining('5,000 images')]);
  });

  it('leaves the images to be named, and names them from where the file lies', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'photos'));
    mkdirSync(join(folder, 'experiments'));
    const unnamed = await clTrain(['init', 'moco'], folder);
    expect(unnamed.stderr).toContain('next: cl-train moco.yaml FOLDER --dry-run\n');
    const named = await clTrain(['init', 'moco', 'photos', '--output', 'experiments/moco a.yaml'], folder);
    expect(named.stderr).toContain("next: cl-train 'experiments/moco a.yaml' --dry-run\n");
    expect(loadConfig(join(folder, 'experiments/moco a.yaml')).data.path).toBe(join(folder, 'photos'));
    const absent = await clTrain(['init', 'byol', 'nowhere'], folder);
    expect(absent.stderr).toContain('note: there is nothing at nowhere yet\n');
  });

  it('never overwrites', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'simclr.yaml'), 'mine');
    const { code, stderr } = await clTrain(['init', 'simclr'], folder);
    expect([code, stderr]).toEqual([
      2,
      'error: expected a new file, got simclr.yaml, which exists\nhint: name another one: --output simclr-2.yaml\n',
    ]);
    expect(readFileSync(join(folder, 'simclr.yaml'), 'utf8')).toBe('mine');
  });

  it.each([
    [[], 'expected the name of a preset, got nothing', 'cl-train init simclr-imagenet100'],
    [['simcrl'], 'expected the name of a preset or a YAML file, got simcrl', 'did you mean simclr?'],
    [['photos'], 'expected the name of a preset, got the path photos', 'cl-train init simclr-imagenet100 photos'],
    [['simclr', '--output', 'a.txt'], 'expected a name that ends in .yaml', '--output a.txt.yaml'],
    [['simclr', '--output', 'no/a.yaml'], 'no/a.yaml', ''],
  ])('answers %j', async (args, message, hint) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'photos'));
    const { code, stderr } = await clTrain(['init', ...args], folder);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
    expect(existsSync(join(folder, 'simclr.yaml'))).toBe(false);
  });
});

describe('the place of the schema', () => {
  it.each([
    ['/srv/a/project', '/srv/a/project/node_modules/x/configs/schema.json', './node_modules/x/configs/schema.json'],
    ['/srv/a/clone/runs/b', '/srv/a/clone/configs/schema.json', '../../configs/schema.json'],
    ['/srv/a/clone/configs', '/srv/a/clone/configs/schema.json', './schema.json'],
    ['/srv/a', '/usr/lib/node_modules/x/configs/schema.json', '/usr/lib/node_modules/x/configs/schema.json'],
    ['/srv/a', '/opt/my tools/x/configs/schema.json', 'file:///opt/my%20tools/x/configs/schema.json'],
    ['/srv/a', '/srv/a/b c/x/configs/schema.json', 'file:///srv/a/b%20c/x/configs/schema.json'],
  ])('from %s of %s', (folder, schema, place) => {
    expect(schemaPlace(folder, schema)).toBe(place);
  });

  it('is relative in a clone', () => {
    expect(schemaPlace(inRepository('configs'))).toBe(`./${relative(inRepository('configs'), SCHEMA)}`);
  });
});
