import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { clData, inRepository, type Outcome, runNode, temporaryFolder } from '../cli/run-command.ts';
import { filesOf } from '../data/pack/packing.ts';
import { losses, problem, sets, train, writeExperiment } from './runs.ts';

vi.setConfig({ testTimeout: 200_000 });

const BUNDLED = inRepository('data/cifar10-mini.tar.gz');

/** 1,000 images in some 25 shards. */
const SOME = ['--split', 'train', '--set', 'data.subsetPerClass=100', '--size', '24', '--shard-bytes', '100kB'];

/** Packs the images, and does something once standard error holds a text. */
function pack(out: string, args: readonly string[], when?: string, act?: (pid: number) => void): Promise<Outcome> {
  let acted = false;
  return runNode([inRepository('bin/cl-data.js'), 'pack', BUNDLED, out, ...args], {
    onOutput(stderr, pid) {
      if (acted || when === undefined || !stderr.includes(when)) return;
      acted = true;
      act?.(pid);
    },
  });
}

test('kill -9 and Ctrl-C lose the present shard only: the same command goes on, to the same bytes', async () => {
  const folder = temporaryFolder();
  const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')];
  // A second one beside it, which would take its files for left over.
  let second: Promise<Outcome> | undefined;
  const first = pack(whole, SOME, 'train-000001.tar', (pid) => {
    process.kill(pid, 'SIGSTOP');
    second = pack(whole, SOME).finally(() => process.kill(pid, 'SIGCONT'));
  });
  expect(await first).toMatchObject({ code: 0, stdout: expect.stringContaining('train 1,000 images in') });
  expect(await second).toMatchObject({ code: 2, stdout: '' });
  expect((await second)?.stderr).toMatch(
    /error: expected .*whole for this command alone, but process \d+ on .* is writing it\nhint: Wait for its end, stop it \(kill \d+\), or name another folder\.$/m,
  );

  expect((await pack(killed, SOME, 'train-000002.tar', (pid) => process.kill(pid, 'SIGKILL'))).code).toBe(null);
  const kept = readdirSync(killed).filter((name) => /^train-.*tar$/.test(name)).length;
  expect(kept).toBeGreaterThanOrEqual(3);
  expect(kept).toBeLessThan(15);

  // As Slurm and a closed terminal stop it.
  const warned = await pack(killed, SOME, 'train-000005.tar', (pid) => process.kill(pid, 'SIGUSR1'));
  expect(warned).toMatchObject({ code: 138, stdout: '' });
  expect(warned.stderr).toMatch(/stopped with \d+ of 1,000 images packed; the same command goes on/);
  const hungUp = await pack(killed, SOME, 'train-000007.tar', (pid) => process.kill(pid, 'SIGHUP'));
  expect(hungUp).toMatchObject({ code: 129, stdout: '' });

  const stopped = await pack(killed, SOME, 'train-000012.tar', (pid) => process.kill(pid, 'SIGINT'));
  expect(stopped).toMatchObject({ code: 130, stdout: '' });
  expect(stopped.stderr).toMatch(/^there already: \d+ shards with \d+ of 1,000 images$/m);
  expect(stopped.stderr).toContain('cl-data: stopping; Ctrl-C again stops at once');
  expect(stopped.stderr).toMatch(/stopped with \d+ of 1,000 images packed; the same command goes on/);
  expect(readdirSync(killed).filter((name) => name.endsWith('.tmp'))).toEqual([]);

  expect(await pack(killed, [...SOME, '--set', 'data.workers=5'])).toMatchObject({ code: 0 });
  expect(filesOf(killed)).toEqual(filesOf(whole));
});

test('training on a pack of raw pixels is training on its source, to the bit', async () => {
  const folder = temporaryFolder();
  writeExperiment(folder);
  const out = join(folder, 'packed');
  expect(await pack(out, ['--format', 'raw', '--shard-bytes', '3MB', '--quiet'])).toMatchObject({ code: 0 });
  await train(folder, ['-c', 'run.yaml', '--output', 'source']);
  await train(folder, ['-c', 'run.yaml', '--output', 'packed-run', ...sets(`data.path=${out}`)]);
  expect(losses(join(folder, 'source'))).toHaveLength(48);
  expect(losses(join(folder, 'packed-run'))).toEqual(losses(join(folder, 'source')));
});

test('a finished pack is checked, verified, and damage is told', async () => {
  const out = join(temporaryFolder(), 'out');
  const args = [...SOME, '--set', 'data.subsetPerClass=8'];
  const first = await pack(out, args);
  expect(first.stdout).toMatch(/^\S+: train 80 images in \d shards, \d+ kB\n$/);
  const before = filesOf(out);
  expect((await pack(out, args)).stdout).toBe(first.stdout.replace('\n', ', packed before\n'));
  expect((await pack(out, [...args, '--verify'])).stdout).toBe(
    first.stdout.replace('\n', ', packed before and verified\n'),
  );
  expect((await clData(['pack', '--verify', out])).stdout).toBe(first.stdout.replace('\n', ', verified\n'));
  const { stdout, stderr } = await clData(['pack', '--verify', out, '--json', '--quiet']);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({ out, images: { train: 80 }, classes: 10, skipped: [] });
  expect(filesOf(out)).toEqual(before);

  const shard = join(out, 'train-000001.tar');
  const bytes = readFileSync(shard);
  bytes[2000] = (bytes[2000] as number) ^ 255;
  writeFileSync(shard, bytes);
  expect(problem(await clData(['pack', '--verify', out, '--quiet']), out)).toMatchInlineSnapshot(`
    "exit 1: error: expected the shards in FOLDER as they were packed, but train-000001.tar has another checksum
    hint: Delete it and pack again: what is missing is made anew, the same. pack.json stays.
    "
  `);
  rmSync(shard);
  expect(problem(await clData(['pack', '--verify', out, '--quiet']), out)).toMatchInlineSnapshot(`
    "exit 1: error: expected all shards in FOLDER, got train-000001.tar missing
    hint: Run the command that packed them again: it makes what is missing.
    "
  `);
  expect(
    problem(await clData(['pack', '--verify', inRepository('data'), '--quiet']), inRepository('data')),
  ).toMatchInlineSnapshot(`
    "exit 2: error: expected a folder of packed shards, got FOLDER without pack.json
    hint: Name the folder that images were packed into: cl-data pack FOLDER OUT
    "
  `);
});

test('--dry-run says what would be packed, and writes nothing', async () => {
  const out = join(temporaryFolder(), 'out');
  const { code, stdout } = await pack(out, ['--dry-run', '--format', 'raw']);
  expect(code).toBe(0);
  expect(stdout).toMatchInlineSnapshot(`
    "class folders: 5,000 images in 10 classes, test 2,000
    train: 5,000 images, about 25.6 MB in 1 shard
    test: 2,000 images, about 10.2 MB in 1 shard
    "
  `);
  const json = JSON.parse((await pack(out, ['--dry-run', '--json', '--split', 'test'])).stdout);
  expect(json).toEqual({ splits: [{ name: 'test', images: 2000, bytes: expect.any(Number) }] });
  expect(readdirSync(join(out, '..'))).toEqual([]);
  const real = await pack(out, ['--format', 'raw', '--json', '--split', 'test', '--quiet']);
  const planned = JSON.parse(
    (await pack(`${out}2`, ['--dry-run', '--format', 'raw', '--json', '--split', 'test'])).stdout,
  );
  expect(planned.splits[0].bytes / JSON.parse(real.stdout).bytes).toBeCloseTo(1, 1);
});

test('bad images are told, listed and left out; too many are an error', async () => {
  const folder = temporaryFolder();
  const out = join(folder, 'out');
  const png = await import('../data/temp-files.ts').then(({ patternPng }) => patternPng(8, 8));
  mkdirSync(join(folder, 'images'));
  for (let i = 0; i < 30; i++) writeFileSync(join(folder, 'images', `${i}.png`), i % 15 === 0 ? 'broken' : png);
  const args = ['pack', join(folder, 'images'), out];
  expect(problem(await clData(args), folder)).toMatchInlineSnapshot(`
    "exit 1: images without labels (flat): 30 images, no test images
    looking at the images
    [0:00] warning: left out 15.png, which is text, not a JPEG, PNG or WebP
    [0:00] warning: left out 0.png, which is text, not a JPEG, PNG or WebP
    error: expected at most 1 % bad images, got 2 of 30 or more: 15.png is text, not a JPEG, PNG or WebP; 0.png is text, not a JPEG, PNG or WebP
    hint: Replace or remove the damaged files, or allow a larger share of bad images: --set data.maxBadShare=SHARE
    "
  `);
  const { code, stdout, stderr } = await clData([...args, '--set', 'data.maxBadShare=0.1']);
  expect(code).toBe(0);
  expect(stderr).toContain('warning: left out 0.png, which is text, not a JPEG, PNG or WebP');
  expect(stdout).toMatch(/: train 28 images in 1 shard, [\d.]+ kB\n2 bad images left out, listed in pack\.json\n$/);
});

test('wrong use is exit code 2 and one message', async () => {
  const folder = temporaryFolder();
  const run = async (...args: string[]): Promise<string> => problem(await clData(['pack', ...args]), folder);
  expect(await run(BUNDLED)).toMatchInlineSnapshot(`
    "exit 2: error: expected a folder for the shards, got none
    hint: for example cl-data pack FOLDER OUT
    "
  `);
  expect(await run(BUNDLED, folder, '--size', '0')).toMatchInlineSnapshot(`
    "exit 2: error: --size: expected a whole number from 1 to 16384, got 0
    "
  `);
  expect(await run(BUNDLED, folder, '--format', 'png')).toMatchInlineSnapshot(`
    "exit 2: error: --format: expected jpeg or raw, got png
    "
  `);
  expect(await run(BUNDLED, folder, '--shard-bytes', 'many')).toMatchInlineSnapshot(`
    "exit 2: error: --shard-bytes: expected a size such as 500MB, got "many"
    "
  `);
  expect(await run(BUNDLED, folder, '--split', 'train,fold0')).toMatchInlineSnapshot(`
    "exit 2: error: --split: expected train, test, val, unlabeled or the like, got "fold0"
    hint: To pack it as the training images: --split train --set data.train=fold0
    "
  `);
  expect(await run(inRepository('test'), join(inRepository('test'), 'packed'))).toMatch(
    /^exit 2: error: expected a folder outside of the images for the shards/,
  );
});

test('a disk that is too small is told before anything is written', async (context) => {
  const folder = temporaryFolder();
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    return context.skip('needs the right to mount a small file system');
  }
  try {
    expect(statfsSync(disk).blocks).toBeGreaterThan(0);
    const out = join(disk, 'out');
    expect(problem(await pack(out, ['--quiet', '--format', 'raw']), folder)).toMatch(
      /^exit 1: error: expected room for about 3\d\.\d MB of shards in FOLDER\/disk\/out, got 2\.\d+ MB free\n/,
    );
    expect(readdirSync(disk)).toEqual([]);
    // Filled while packing: finished shards stay, and the rest follows once there is room.
    const some = ['--quiet', ...SOME, '--set', 'data.subsetPerClass=40'];
    const filled = await pack(
      out,
      some.filter((text) => text !== '--quiet'),
      'train-000001.tar',
      () => {
        try {
          writeFileSync(join(disk, 'ballast'), Buffer.alloc(4e6));
        } catch {}
      },
    );
    expect(filled.code).toBe(1);
    expect(filled.stderr).toMatch(/error: Cannot write \S+: no space left in its folder/);
    expect(readdirSync(out).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    rmSync(join(disk, 'ballast'));
    expect(await pack(out, some)).toMatchObject({ code: 0, stderr: '' });
    const whole = join(folder, 'whole');
    await pack(whole, some);
    expect(filesOf(out)).toEqual(filesOf(whole));
  } finally {
    execFileSync('umount', [disk]);
  }
});
