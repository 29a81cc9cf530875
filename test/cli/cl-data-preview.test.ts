import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test, vi } from 'vitest';
import { isMarkedSheet, MARKED_HEAD } from '../../src/data/pixels/sheet-mark.ts';
import { patternPng } from '../data/temp-files.ts';
import { clData, inRepository, type Outcome, runNode, temporaryFolder } from './run-command.ts';

vi.setConfig({ testTimeout: 200_000 });

/** Standard error, which must be all that there is, and the exit code. */
function problem({ code, stdout, stderr }: Outcome): string {
  expect(stdout).toBe('');
  return `exit ${code}: ${stderr}`;
}

/** A folder with images in `images`. */
async function workplace(): Promise<string> {
  const folder = temporaryFolder();
  for (const name of ['cat <b>', 'dog']) {
    mkdirSync(join(folder, 'images', name), { recursive: true });
    for (let i = 0; i < 2; i++) writeFileSync(join(folder, 'images', name, `${i}.png`), await patternPng(32, 32, i));
  }
  return folder;
}

test('a sheet is written, never over another file, and the same without any fonts of the system', async () => {
  const folder = await workplace();
  const few = ['images', '--recipe', 'simclr-cifar', '--recipe', 'byol-cifar', '--images', '2', '--views', '3'];
  const first = await clData(['preview', ...few], folder);
  expect(first).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^preview\.png: \d+ x \d+ pixels\n$/),
    stderr: 'opened class folders: 4 images in 2 classes\nmaking views\n',
  });
  const { data, info } = await sharp(join(folder, 'preview.png')).raw().toBuffer({ resolveWithObject: true });
  expect(first.stdout).toContain(`${info.width} x ${info.height}`);
  // The heading has ink.
  const { width } = info;
  const heading = Array.from(
    { length: 24 * 100 },
    (_, i) => data[((24 + Math.floor(i / 100)) * width + 24 + (i % 100)) * 3],
  );
  expect(heading.filter((value) => (value as number) < 128).length).toBeGreaterThan(100);

  const { mtimeMs } = statSync(join(folder, 'preview.png'));
  expect(problem(await clData(['preview', ...few], folder))).toMatchInlineSnapshot(`
    "exit 2: error: --output: expected a new file, got preview.png, which exists
    hint: Choose another with --output FILE, or replace it with --overwrite.
    "
  `);
  expect(statSync(join(folder, 'preview.png')).mtimeMs).toBe(mtimeMs);

  writeFileSync(join(folder, 'other.png'), 'old');
  const bare = await runNode(
    [inRepository('bin/cl-data.js'), 'preview', ...few, '-o', 'other.png', '--overwrite', '-q'],
    {
      cwd: folder,
      env: { FONTCONFIG_FILE: '/dev/null' },
    },
  );
  expect(bare.code).toBe(0);
  const without = await sharp(join(folder, 'other.png')).raw().toBuffer();
  expect(Buffer.compare(without, data)).toBe(0);
  expect(readdirSync(folder).sort()).toEqual(['images', 'other.png', 'preview.png']);
});

test('the views of a configuration follow its settings, the seed and the epoch', async () => {
  const folder = await workplace();
  writeFileSync(
    join(folder, 'run.yaml'),
    'data: {path: images}\nmethod: {name: moco}\nviews: {recipe: moco-cifar, flip: 0}\n',
  );
  const draw = async (name: string, ...args: string[]): Promise<Buffer> => {
    const all = ['preview', '--config', 'run.yaml', '--images', '1', '--views', '2', '-q', '-o', name, ...args];
    expect(await clData(all, folder)).toMatchObject({ code: 0, stderr: '' });
    return readFileSync(join(folder, name));
  };
  const files = await Promise.all([
    draw('a.png'),
    draw('b.png'),
    draw('c.png', '--seed', '1'),
    draw('d.png', '--epoch', '2'),
  ]);
  expect(new Set(files.map((file) => file.toString('base64'))).size).toBe(3);
  expect(files[0]).toEqual(files[1]);
});

test('wrong use is exit code 2 and one message', async () => {
  const folder = await workplace();
  expect(problem(await clData(['preview', 'images', '--recipe', 'simclr2'], folder))).toMatch(
    /^exit 2: error: --recipe: expected simclr, mocov1, .*, got simclr2\n$/,
  );
  expect(problem(await clData(['preview', 'images', '--images', 'six'], folder))).toBe(
    'exit 2: error: --images: expected a whole number above 0, got six\n',
  );
  expect(problem(await clData(['preview', 'images', '--all-recipes', '--recipe', 'byol'], folder))).toContain(
    "option '--all-recipes' cannot be used with option '--recipe <name>'",
  );
  expect(problem(await clData(['preview', 'images', '-o', 'no/where.png'], folder))).toBe(
    'exit 2: error: --output: expected a file in a folder that exists, got no/where.png\n',
  );
});

test('a sheet is what the ending of its name says, and no image of the data', async () => {
  const folder = await workplace();
  const few = ['preview', 'images', '--recipe', 'simclr-cifar', '--images', '1', '--views', '2', '-q', '-o'];
  for (const [name, format] of [
    ['a.jpg', 'jpeg'],
    ['a.WebP', 'webp'],
  ] as const) {
    expect(await clData([...few, name], folder)).toMatchObject({ code: 0, stderr: '' });
    expect((await sharp(join(folder, name)).metadata()).format).toBe(format);
  }
  expect(isMarkedSheet(readFileSync(join(folder, 'a.jpg')).subarray(0, MARKED_HEAD))).toBe(true);
  for (const [name, got] of [
    ['a.gif', 'a.gif'],
    ['a', 'a, without an ending'],
  ] as const) {
    expect(problem(await clData([...few, name], folder))).toBe(
      `exit 2: error: --output: expected a file that ends in .png, .jpg, .jpeg, .webp, got ${got}\nhint: The ending says the format: --output preview.png\n`,
    );
  }
});
