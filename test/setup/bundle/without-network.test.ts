import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toolFiles } from '../../../src/setup/bundle/bundle-contents.ts';
import { inRepository } from '../../cli/run-command.ts';
import { sets } from '../../e2e/runs.ts';
import { mayMount } from '../../may-mount.ts';

// A real bundle of the CPU build, made once, and what another machine does with it: one with Node alone, without a
// network, Python or npm. The tests go on from each other.

const mayUnshare = spawnSync('unshare', ['--map-root-user', '--net', 'true']).status === 0;
if (!mayUnshare) process.stdout.write('A network may be reachable here: unshare --net is not permitted.\n');

let root = '';
let bundle = '';
/** The folder in which the other machine works, and what its environment has: nothing else. */
let there = '';
let environment: Readonly<Record<string, string>> = {};

/** Runs Node on the other machine; `killAt` ends it by a signal once its standard error has a text. */
async function run(args: readonly string[], killAt?: readonly [text: string, signal: NodeJS.Signals]) {
  const only = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const inside = ['env', '-i', ...only, process.execPath, ...args];
  const command = mayUnshare ? ['unshare', '--map-root-user', '--net', ...inside] : inside;
  return watch(spawn(command[0] ?? '', command.slice(1), { cwd: there }), killAt);
}

async function watch(child: ChildProcess, killAt?: readonly [text: string, signal: NodeJS.Signals]) {
  const texts = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    texts.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    texts.stderr += text;
    if (killAt !== undefined && texts.stderr.includes(killAt[0])) child.kill(killAt[1]);
  });
  const code = await new Promise<number | string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve(status ?? signal ?? ''));
  });
  return { code, ...texts };
}

/** Makes a bundle here, as users do. */
const makeBundle = (killAt?: readonly [text: string, signal: NodeJS.Signals]) =>
  watch(
    spawn(process.execPath, [inRepository('bin/cl-doctor.js'), '--bundle', bundle, '--cpu', '--part-size', '30MB']),
    killAt,
  );

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'cl-bundle-'));
  bundle = join(root, 'usb/bundle');
  there = join(root, 'there');
  for (const folder of [there, join(root, 'path'), join(root, 'home')]) mkdirSync(folder);
  symlinkSync(process.execPath, join(root, 'path/node'));
  environment = { PATH: join(root, 'path'), HOME: join(root, 'home') };
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

it('is made; Ctrl-C leaves nothing that looks complete, and the next one begins anew', async () => {
  const stopped = await makeBundle(['bundling: ', 'SIGINT']);
  expect(stopped.code).toBe(130);
  expect(readdirSync(bundle).filter((name) => !name.startsWith('.'))).toEqual(['unfinished']);

  const made = await makeBundle();
  expect(made.stderr).toContain(`${bundle} holds a bundle that was not finished: it is made anew.\n`);
  expect(made.stdout).toMatch(
    /^\S+bundle: \d parts, 19\d MB, for linux x64; \d+ s\n {2}cl-train 0\.\d+\.\d+ with its pack/,
  );
  expect(made.stdout).toContain(`\n  node ${bundle}/install.mjs\n`);
  expect(made.code).toBe(0);
  const names = readdirSync(bundle).filter((name) => !name.startsWith('part-'));
  expect(names.sort()).toEqual(['README.txt', 'bundle.json', 'install.mjs', 'installer']);
  const sizes = readdirSync(bundle)
    .filter((name) => name.startsWith('part-'))
    .map((name) => statSync(join(bundle, name)).size);
  expect(sizes.slice(0, -1).every((size) => size === 30e6)).toBe(true);

  const again = await makeBundle();
  expect(again).toMatchObject({ code: 2, stdout: '' });
  expect(again.stderr).toMatch(
    /^error: \S+bundle holds a bundle already: cl-train .* \(cpu\)\. Nothing was written\.\nhint: Name another/,
  );
});

it('is not installed while a part is damaged, or a file of the installer', async () => {
  const part = join(bundle, 'part-0003');
  const content = readFileSync(part);
  appendFileSync(part, 'x');
  const refused = await run([join(bundle, 'install.mjs')]);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(
    /error: 1 of the 7 parts of the bundle in \S+ can't be used; nothing was installed\.\n {2}damaged: part-0003, expected 30,000,000 bytes, got 30,000,001\nhint: Copy them again/,
  );
  writeFileSync(part, content);
  const module = join(bundle, 'installer/setup/lock.mjs');
  const text = readFileSync(module);
  writeFileSync(module, 'throw new Error("run");');
  const unread = await run([join(bundle, 'install.mjs')]);
  expect(unread).toMatchObject({ code: 1, stdout: '' });
  expect(unread.stderr).toMatch(
    /^error: Of the installer in \S+ are missing or damaged:\n {2}installer\/setup\/lock\.mjs: expected SHA-256/,
  );
  writeFileSync(module, text);
  expect(existsSync(join(there, 'cl-train'))).toBe(false);
});

it.each([
  [['--force'], /^error: expected one folder, got --force\nhint: node install\.mjs FOLDER\n$/],
  [['a', 'b'], /^error: expected one folder, got a b\n/],
])('answers %j', async (args, told) => {
  const { code, stderr } = await run([join(bundle, 'install.mjs'), ...args]);
  expect(code).toBe(2);
  expect(stderr).toMatch(told);
});

it('is installed; after kill -9 the next goes on, and the one after that adds nothing', async () => {
  const install = [join(bundle, 'install.mjs')];
  const killed = await run(install, ['installing: ', 'SIGKILL']);
  expect(killed.code).toBe('SIGKILL');
  expect(existsSync(join(there, 'cl-train/bin'))).toBe(existsSync(join(there, 'cl-train/bin/cl-train.js')));
  expect(readdirSync(join(root, 'home/.cache/cl-train'))).not.toContain('tensorflow-2.21.0-cpu');

  const done = await run(install);
  expect(done.stderr).not.toContain('error');
  const size =
    /^Installed ([\d.]+) ([MG])B in \d+ s: cl-train 0\.\d+\.\d+ in \S+\/cl-train, TensorFlow 2\.21\.0 \(cpu\) in /.exec(
      done.stdout,
    );
  expect(Number(size?.[1]) * (size?.[2] === 'G' ? 1000 : 1)).toBeLessThan(1000);
  expect(done.code).toBe(0);

  const all = readdirSync(root, { recursive: true });
  const names = async (folder?: string) => (await toolFiles(folder)).map(({ path }) => path).sort();
  expect(await names(join(there, 'cl-train')), 'a bundle can be made of what was installed').toEqual(await names());

  const again = await run(install);
  expect(again.stdout).toMatch(/^Nothing to install: all of it is there\. cl-train 0/);
  expect(again.code).toBe(0);
  expect(readdirSync(root, { recursive: true })).toEqual(all);
});

it('then trains on the images that came with it, by the command that was named', async () => {
  const tiny = sets(
    'backbone.width=4',
    'data.subsetPerClass=13',
    'views.size=16',
    'export.atEnd=[]',
    'evaluate.linearProbe=false',
  );
  const more = sets(
    'evaluate.knn.everyEpochs=0',
    'method.projector.hidden=8',
    'method.projector.out=4',
    'schedule.warmupEpochs=0',
  );
  const trained = await run([
    'cl-train/bin/cl-train.js',
    'quickstart',
    '--epochs',
    '1',
    '--batch-size',
    '32',
    ...tiny,
    ...more,
  ]);
  expect(trained.stderr).toMatch(/finished after 4 steps/);
  expect(trained.code).toBe(0);
  expect(readdirSync(join(there, 'runs/quickstart'))).toEqual(expect.arrayContaining(['checkpoints', 'report.html']));
});

it('gives a doctor who finds everything, and TensorFlow to where the tool is already', async () => {
  const found = await run(['cl-train/bin/cl-doctor.js', '--install', '--from', bundle, '--verify']);
  expect(found.stderr).toContain('Nothing to install: all of it is there. TensorFlow 2.21.0 (cpu) in ');
  expect(found.stdout).toMatch(
    /^ok +TensorFlow +2\.21\.0 \(cpu\) in \S+\/home\/\.cache\/cl-train\/\S+; 3 files verified$/m,
  );
  expect(found.stdout).toContain('Training can run');
  expect(found.code).toBe(0);
});

it.runIf(mayMount)('asks for the room first (needs unshare --mount; skipped where it is not permitted)', () => {
  const onSmallDisk = (command: string): string => {
    const script = `mount -t tmpfs -o size=50M none /mnt && export HOME=/mnt XDG_CACHE_HOME= && ${command}`;
    const args = ['--map-root-user', '--mount', 'sh', '-c', script];
    const { status, stderr } = spawnSync('unshare', args, { encoding: 'utf8', cwd: there });
    return `${status} ${stderr.replace(/^checking.*\n/gm, '')}`;
  };
  expect(onSmallDisk(`${process.execPath} ${join(bundle, 'install.mjs')} /mnt/tool`)).toMatch(
    /^1 error: The bundle needs 1\.\d+ GB in \/mnt, but that disk has 5\d\.\d MB free\.\nhint: Free some space, or name another folder; XDG/,
  );
  const cache = join(root, 'home/.cache');
  const doctor = `${process.execPath} ${inRepository('bin/cl-doctor.js')}`;
  expect(onSmallDisk(`XDG_CACHE_HOME=${cache} ${doctor} --bundle /mnt/b --cpu`)).toMatch(
    /^1 error: A bundle needs about \d+ MB in \/mnt\/b, but that disk has 5\d\.\d MB free\.\nhint: Free some space, or name a/,
  );
});
