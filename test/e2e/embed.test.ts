import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { buildModel } from '../../src/run/assembly/model.ts';
import { resolveEvaluation } from '../../src/run/assembly/resolve-run.ts';
import { embedWith } from '../../src/run/encoder/embed-images.ts';
import { createEncoderProgram } from '../../src/run/encoder/encoder-program.ts';
import { openEncoder } from '../../src/run/encoder/open-encoder.ts';
import { labelledFeatures } from '../../src/run/evaluation/features-of-split.ts';
import { openImages } from '../../src/run/images/run-images.ts';
import { clEmbed, inRepository, type Outcome, runNode, temporaryFolder } from '../cli/run-command.ts';
import { patternPng, writeFiles } from '../data/temp-files.ts';
import { problem, train, writeExperiment } from './runs.ts';

const BUNDLED = inRepository('data/cifar10-mini.tar.gz');

let run = '';

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'embed-'));
  writeExperiment(folder);
  expect((await train(folder, ['-c', 'run.yaml', '--quiet'])).code).toBe(0);
  run = join(folder, 'runs', 'run');
  return () => rmSync(folder, { recursive: true });
});

/** The values of a .npy file, and their shape. */
function readNpy(path: string): { shape: string; values: Float32Array } {
  const content = readFileSync(path);
  const start = 10 + content.readUInt16LE(8);
  const [, shape = ''] = /'shape': \(([^)]*)\)/.exec(content.subarray(0, start).toString('latin1')) ?? [];
  return { shape, values: new Float32Array(Uint8Array.from(content.subarray(start)).buffer) };
}

const rowsOf = (path: string) => parse(readFileSync(path), { columns: true }) as Record<string, string>[];

/** Runs `cl-embed` in a folder, and does something once so many chunks are in its journal. */
function whileEmbedding(
  folder: string,
  args: readonly string[],
  chunks: number,
  act: (pid: number) => void | Promise<void>,
): Promise<Outcome> {
  const output = args[args.indexOf('--output') + 1];
  const journal = join(folder, `${output}.partial`, 'journal.jsonl');
  let timer: NodeJS.Timeout | undefined;
  onTestFinished(() => clearInterval(timer));
  return runNode([inRepository('bin/cl-embed.js'), ...args], {
    cwd: folder,
    onOutput(_, pid) {
      timer ??= setInterval(() => {
        // Its first line is no chunk, and the last one ends.
        if (!existsSync(journal) || readFileSync(journal, 'utf8').split('\n').length - 2 < chunks) return;
        clearInterval(timer);
        void act(pid);
      }, 2);
    },
  });
}

/** The same with a signal. */
function stopped(folder: string, args: readonly string[], signal: NodeJS.Signals, chunks: number): Promise<Outcome> {
  return whileEmbedding(folder, args, chunks, (pid) => void process.kill(pid, signal));
}

describe('a table', () => {
  test('has the features of cl-eval, bit for bit, with names, classes and splits', async () => {
    const folder = temporaryFolder();
    const { code, stdout, stderr } = await clEmbed(['--run', run, '--output', 'new/features.npy'], folder);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^new\/features\.npy: 2,130 rows of 32 features \(train 130, test 2,000\), 10 classes, 273 kB\nthe encoder: .*\/step-\d+\.safetensors\nnames, labels and splits, row by row: new\/features\.names\.csv\n$/,
      ),
    });
    expect(stderr).toContain('class folders: 130 images in 10 classes, test 2,000');
    expect(readdirSync(join(folder, 'new')).sort()).toEqual(['features.names.csv', 'features.npy']);

    const { tensors, config } = await openEncoder({ run, assignments: [] });
    const images = await openImages(config.data);
    onTestFinished(() => images.close());
    const parts = resolveEvaluation(config, buildModel(config), images);
    const program = await createEncoderProgram(parts, tensors);
    onTestFinished(() => program.close());
    const embed = embedWith(program, parts.view);
    const found = readNpy(join(folder, 'new', 'features.npy'));
    const names = rowsOf(join(folder, 'new', 'features.names.csv'));
    let row = 0;
    for (const [split, set] of [
      ['train', images.train],
      ['test', images.test],
    ] as const) {
      if (set === undefined) throw new Error('Expected test images.');
      const { signal } = new AbortController();
      const { features, labels, count, width } = await labelledFeatures(set, parts, embed, signal, () => {});
      expect(found.values.subarray(row * width, (row + count) * width)).toEqual(features);
      expect(names.slice(row, row + count)).toEqual(
        Array.from(labels, (label, index) => ({
          ...{ name: set.source.name(index), label: set.source.classes[label] },
          ...{ class: String(label), split, index: String(index) },
        })),
      );
      row += count;
    }
    expect(found.shape).toBe(`${row}, 32`);
  });

  test('is the same bytes after kill -9, Ctrl-C and damage to what was kept', async () => {
    const folder = temporaryFolder();
    const args = ['--run', run, '--data', BUNDLED, '--output'];
    expect((await clEmbed([...args, 'whole.parquet'], folder)).code).toBe(0);
    const killed = [...args, 'killed.parquet'];
    expect((await stopped(folder, killed, 'SIGKILL', 3)).code).toBe(null);
    expect(readdirSync(folder).sort()).toEqual(['killed.parquet.partial', 'whole.parquet']);
    const partial = join(folder, 'killed.parquet.partial');
    const interrupted = await stopped(folder, killed, 'SIGINT', 9);
    expect(interrupted).toMatchObject({ code: 130, stdout: '' });
    expect(interrupted.stderr).toMatch(/^there already: [\d,]+ of 7,000 images$/m);
    expect(interrupted.stderr).toMatch(/stopped with [\d,]+ of 7,000 images embedded; the same command goes on/);
    // A chunk whose bytes did not reach the disk, and a line that was cut off.
    const features = readFileSync(join(partial, 'features.f32'));
    features.fill(0, features.length - 100);
    writeFileSync(join(partial, 'features.f32'), features);
    writeFileSync(join(partial, 'journal.jsonl'), '{"split":"tra', { flag: 'a' });
    const resumed = await clEmbed([...killed, '--set', 'data.workers=5'], folder);
    expect(resumed.code).toBe(0);
    expect(readFileSync(join(folder, 'killed.parquet')).equals(readFileSync(join(folder, 'whole.parquet')))).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['killed.parquet', 'whole.parquet']);
  });

  test('goes on with its own settings only, and is written by one command at a time', async () => {
    const folder = temporaryFolder();
    const args = ['--run', run, '--data', BUNDLED, '--output', 'a.csv'];
    let busy: Outcome | undefined;
    const first = await whileEmbedding(folder, args, 1, async (pid) => {
      process.kill(pid, 'SIGSTOP');
      busy = await clEmbed([...args, '--quiet'], folder);
      process.kill(pid, 'SIGCONT');
      process.kill(pid, 'SIGINT');
    });
    expect(first.code).toBe(130);
    expect(problem(busy as unknown as Outcome, folder)).toMatch(
      /^exit 2: error: expected a\.csv for this command alone, but process \d+ on \S+ \(since [^)]* UTC\) is writing it\nhint: Wait for its end, stop it \(kill \d+\), or choose another name by --output\.\n$/,
    );
    const changed = await clEmbed([...args, '--normalize', '--quiet'], folder);
    expect(problem(changed, folder)).toMatchInlineSnapshot(`
      "exit 2: error: expected a.csv.partial of this command, got one begun with other settings: --normalize
      hint: Repeat the command that began it, choose another --output, or start anew with --overwrite.
      "
    `);
    expect((await clEmbed([...args, '--normalize', '--overwrite', '--quiet', '--split', 'test'], folder)).code).toBe(0);
    expect(rowsOf(join(folder, 'a.csv'))).toHaveLength(2000);
  });
});

describe('what a row is', () => {
  test('--normalize divides it by its length, --features embedding takes the projector with its stored statistics', async () => {
    const folder = temporaryFolder();
    const args = ['--run', run, '--split', 'train', '--quiet', '--output'];
    for (const extra of [['a.npy'], ['b.npy', '--normalize'], ['c.npy', '--features', 'embedding']]) {
      expect((await clEmbed([...args, ...extra], folder)).code).toBe(0);
    }
    const [plain, unit, embedding] = ['a.npy', 'b.npy', 'c.npy'].map((name) => readNpy(join(folder, name)));
    expect([plain?.shape, unit?.shape, embedding?.shape]).toEqual(['130, 32', '130, 32', '130, 4']);
    for (let row = 0; row < 130; row++) {
      const values = Array.from((plain as { values: Float32Array }).values.subarray(row * 32, (row + 1) * 32));
      const length = Math.hypot(...values);
      const found = Array.from((unit as { values: Float32Array }).values.subarray(row * 32, (row + 1) * 32));
      for (const [i, value] of values.entries()) expect(found[i]).toBeCloseTo(value / length, 6);
    }
    // By hand: linear without bias, BatchNorm as stored, ReLU, linear.
    const { state } = await openEncoder({ run, assignments: [] });
    const tensor = (name: string) => Array.from(state?.[`projector.${name}`]?.data ?? []);
    const [w0, gamma, beta, mean, variance, w1, b1] = [
      '0.weight',
      '1.weight',
      '1.bias',
      '1.running_mean',
      '1.running_var',
      '3.weight',
      '3.bias',
    ].map(tensor) as number[][];
    const x = Array.from((plain as { values: Float32Array }).values.subarray(0, 32));
    const times = (vector: number[], matrix: number[] = [], columns: number) =>
      Array.from({ length: columns }, (_, j) =>
        vector.reduce((sum, v, i) => sum + v * (matrix[i * columns + j] ?? 0), 0),
      );
    const hidden = times(x, w0, 8).map((v, i) =>
      Math.max(
        0,
        ((v - (mean?.[i] ?? 0)) / Math.sqrt((variance?.[i] ?? 0) + 1e-5)) * (gamma?.[i] ?? 0) + (beta?.[i] ?? 0),
      ),
    );
    const expected = times(hidden, w1, 4).map((v, i) => v + (b1?.[i] ?? 0));
    for (const [i, value] of expected.entries()) expect(embedding?.values[i]).toBeCloseTo(value, 4);
  });
});

/** 300 images in two classes, of which some are damaged, in the middle of a batch, at its end, and last of all. */
async function withBad(folder: string, bad: readonly number[]): Promise<string[]> {
  const good = await Promise.all([0, 1, 2].map((seed) => patternPng(16, 16, seed)));
  const names = Array.from({ length: 300 }, (_, i) => `${i < 150 ? 'a' : 'b'}/${String(i).padStart(3, '0')}.png`);
  writeFiles(
    join(folder, 'images'),
    Object.fromEntries(names.map((name, i) => [name, bad.includes(i) ? 'none' : (good[i % 3] as Buffer)])),
  );
  return names;
}

test('a bad image is a row in a list and shifts no other', async () => {
  const folder = temporaryFolder();
  const bad = [5, 130, 255, 299];
  const names = await withBad(folder, bad);
  const args = ['--run', run, '--data', 'images', '--set', 'data.maxBadShare=0.02', '--output'];
  const { code, stdout, stderr } = await clEmbed([...args, 'a.parquet'], folder);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(
      /^a\.parquet: 296 rows of 32 features \(train 296\), 2 classes, [\d.]+ kB\nthe encoder: .*\.safetensors\n4 bad images left out, listed in a\.parquet\.bad\.csv\n$/,
    ),
  });
  expect(stderr).toContain('warning: left out a/005.png, which ');
  expect(rowsOf(join(folder, 'a.parquet.bad.csv')).map(({ name, split, index }) => [name, split, index])).toEqual(
    bad.map((index) => [names[index], 'train', String(index)]),
  );
  const rows = await parquetReadObjects({
    file: new Uint8Array(readFileSync(join(folder, 'a.parquet'))).buffer,
  });
  const kept = names.flatMap((name, index) => (bad.includes(index) ? [] : [{ name, index }]));
  expect(rows.map(({ name, index }) => ({ name, index }))).toEqual(kept);
  // Three pictures in turn: rows of one picture are alike, as far as a batch's rounding lets them.
  const features = rows.map((row) => row['features'] as number[]);
  kept.forEach(({ index }, row) => {
    const other = kept.findIndex((each) => each.index % 3 === index % 3);
    for (const [i, value] of (features[row] ?? []).entries())
      expect(value).toBeCloseTo(features[other]?.[i] as number, 4);
  });
  expect(new Set(features.slice(0, 3).map(String)).size).toBe(3);

  const killed = [...args, 'b.parquet'];
  expect((await stopped(folder, killed, 'SIGKILL', 1)).code).toBe(null);
  expect((await clEmbed([...killed, '--quiet'], folder)).code).toBe(0);
  for (const ending of ['parquet', 'parquet.bad.csv']) {
    expect(readFileSync(join(folder, `b.${ending}`)).equals(readFileSync(join(folder, `a.${ending}`)))).toBe(true);
  }
  const strict = await clEmbed([...args, 'c.npy', '--quiet', '--set', 'data.maxBadShare=0.01'], folder);
  expect(problem(strict, folder)).toContain('expected at most 1 % bad images, got 4 of 300 or more');
  expect(existsSync(join(folder, 'c.npy'))).toBe(false);
});

test('images that are all bad leave nothing behind', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { 'bad/a.png': 'none', 'bad/b.png': 'none' });
  const { code, stderr } = await clEmbed(['--run', run, '--data', 'bad', '--output', 'features.csv'], folder);
  expect(code).toBe(1);
  expect(stderr).toContain('bad');
  expect(readdirSync(folder)).toEqual(['bad']);
});

test('--image prints rows of single files, the same as those of their data set', async () => {
  const folder = temporaryFolder();
  await withBad(folder, [1]);
  const [good, bad] = [join('images', 'a', '000.png'), join('images', 'a', '001.png')];
  expect((await clEmbed(['--run', run, '--data', 'images', '--output', 'a.npy', '--quiet'], folder)).code).toBe(0);
  const { code, stdout, stderr } = await clEmbed(['--run', run, '--image', bad, '--image', good], folder);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(`warning: left out ${bad}, which`) });
  const found = JSON.parse(stdout) as { images: { name: string; features: number[] }[]; bad: { name: string }[] };
  expect(found).toMatchObject({ width: 32, images: [{ name: good }], bad: [{ name: bad }] });
  expect(Float32Array.from(found.images[0]?.features ?? [])).toEqual(
    readNpy(join(folder, 'a.npy')).values.subarray(0, 32),
  );
  expect((await clEmbed(['--run', run, '--image', good, '--output', 'one.csv', '--quiet'], folder)).code).toBe(0);
  expect(Object.keys(rowsOf(join(folder, 'one.csv'))[0] ?? {}).slice(0, 3)).toEqual(['name', 'index', 'f0']);
  expect(problem(await clEmbed(['--run', run, '--image', bad], folder), folder)).toMatchInlineSnapshot(`
    "exit 1: error: --image: expected images, got none that can be used: images/a/001.png is text, not a JPEG, PNG or WebP
    "
  `);
});

test("weights without a run need images and have no projector; settings of the run's images are not those of others", async () => {
  const folder = temporaryFolder();
  await withBad(folder, []);
  const [checkpoint = ''] = readdirSync(join(run, 'checkpoints'));
  const weights = join(run, 'checkpoints', checkpoint);
  const args = ['--weights', weights, '--data', 'images', '--output'];
  expect(await clEmbed([...args, 'a.npy', '--quiet', '--json'], folder)).toMatchObject({ code: 0, stderr: '' });
  const own = await clEmbed(['--run', run, '--data', 'images', '--output', 'b.npy'], folder);
  expect(own.stderr).toContain(
    "note: 1 setting of the run's own images not applied to --data: data.subsetPerClass=13; --set applies it",
  );
  expect(readFileSync(join(folder, 'a.npy')).equals(readFileSync(join(folder, 'b.npy')))).toBe(true);
  expect(
    problem(await clEmbed([...args, 'c.npy', '--features', 'embedding', '--quiet'], folder), run),
  ).toMatchInlineSnapshot(`
    "exit 2: error: --features embedding: expected a run or its checkpoint, got the file of weights FOLDER/checkpoints/step-00000048.safetensors
    hint: Embeddings come from the projector, which is not among these weights: --features backbone, or --run DIR.
    "
  `);
  expect((await clEmbed([...args, 'images/d.npy'], folder)).stderr).toContain(
    'warning: images/d.npy lies inside the images',
  );
});
