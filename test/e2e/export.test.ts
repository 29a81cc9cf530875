import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSafetensors } from '../../src/checkpoint/safetensors-read.ts';
import { writeSafetensors } from '../../src/checkpoint/safetensors-write.ts';
import { EXPORT_FORMATS } from '../../src/config/export-formats.ts';
import { clExport, inRepository, type Outcome, temporaryFolder } from '../cli/run-command.ts';
import { patternPng, writeFiles } from '../data/temp-files.ts';
import { writingSavedModel } from '../interop/graphs/writing-saved-model.ts';
import { metrics, problem, runInShell, sets, TINY, train, writeExperiment } from './runs.ts';

const DATA = `data: {path: ${inRepository('data/cifar10-mini.tar.gz')}, classes: [cat, dog], subsetPerClass: 24}\n`;
/** The tiny run with the exports of a run that says nothing of them. */
const EXPORTING = TINY.replace(/^export: .*\n/m, '');
const EXPERIMENT = EXPORTING.replace('everyEpochs: 0', 'everyEpochs: 1').replace(
  'everyEpochs: 100',
  'everyEpochs: 1, keep: 3',
);

/** One finished run, and its encoder in all formats, which the tests look at from all sides. */
let folder: string;
let run: string;
let all: string;
let outcome: Outcome;
let exported: Outcome;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cl-export-'));
  run = join(folder, 'runs/run');
  all = join(folder, 'all');
  writeExperiment(folder, DATA, EXPERIMENT);
  outcome = await train(folder, ['--config', 'run.yaml']);
  exported = await clExport(['--run', 'runs/run', '--format', EXPORT_FORMATS.join(), '--output', 'all'], folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** All files below a folder with their bytes. */
function contents(path: string): Record<string, string> {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(join(path, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(path, name), 'latin1')]));
}

/** What `cl-export --verify` prints of a folder, and how it ends. */
function verify(path: string): Promise<Outcome> {
  return clExport(['--verify', path, '--quiet'], folder);
}

/** A copy of an export: that in all formats unless another is named. */
function copyOfExport(path = all): string {
  const copy = join(temporaryFolder(), 'copy');
  cpSync(path, copy, { recursive: true });
  return copy;
}

/** Writes into `export.json` what a file's hash and size are now. */
function repairHash(exportFolder: string, path: string): void {
  const manifest = JSON.parse(readFileSync(join(exportFolder, 'export.json'), 'utf8'));
  const content = readFileSync(join(exportFolder, path));
  const entry = manifest.files.find((file: { path: string }) => file.path === path);
  Object.assign(entry, { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') });
  writeFileSync(join(exportFolder, 'export.json'), JSON.stringify(manifest));
}

test('a finished run leaves its encoder for torchvision with a card, and the report links to them', async () => {
  expect(outcome.code).toBe(0);
  expect(outcome.stderr).not.toContain('warning');
  expect(Object.keys(contents(join(run, 'exports')))).toEqual([
    'README.md',
    'export.json',
    'torchvision.safetensors',
    'verification/features.npy',
    'verification/images.npy',
  ]);
  const report = JSON.parse(readFileSync(join(run, 'report.json'), 'utf8'));
  expect(report.exports).toEqual({
    card: 'exports/README.md',
    files: [{ format: 'torchvision', path: 'exports/torchvision.safetensors' }],
  });
  expect(readFileSync(join(run, 'report.html'), 'utf8')).toContain('<a href="exports/README.md">Model card</a>');
  expect((await verify(join(run, 'exports'))).code).toBe(0);
});

test('the card says what a stranger needs, without dates, paths or names of machines', () => {
  const card = readFileSync(join(run, 'exports/README.md'), 'utf8');
  for (const text of [folder, inRepository('.'), tmpdir(), hostname(), String(new Date().getFullYear())]) {
    expect(card.replace(/arXiv:\S+/g, '')).not.toContain(text);
  }
  const { evaluations } = JSON.parse(readFileSync(join(run, 'report.json'), 'utf8'));
  for (const { top1 } of evaluations) expect(card).toContain(`${(top1 * 100).toFixed(1)} %`);
  // Accuracies and the checkpoint's hash depend on the processor.
  const stable = card.replace(/\b[0-9a-f]{64}\b/g, 'HASH').replace(/\d+\.\d(?: %|-\d+\.\d)/g, '#');
  expect(stable.replace(/^kNN # .*$/m, 'kNN ...')).toMatchSnapshot();
});

test('all formats give the features, and a second export is the same bytes', async () => {
  expect(exported.code).toBe(0);
  expect(exported.stderr).toContain(`check it with: cl-export --verify all`);
  const again = await clExport(['--run', run, '--format', EXPORT_FORMATS.join(), '-o', 'again', '--json'], folder);
  expect(JSON.parse(again.stdout)).toMatchObject({ output: 'again', formats: EXPORT_FORMATS });
  expect(contents(join(folder, 'again'))).toEqual(contents(all));
  const { code, stdout } = await clExport(['--verify', 'all', '--json'], folder);
  expect(code).toBe(0);
  const { formats, problems } = JSON.parse(stdout);
  expect(problems).toEqual([]);
  for (const { format, state, error, limit, images } of formats) {
    if (format === 'onnx' && state === 'not run') continue;
    expect({ format, state, images }).toEqual({ format, state: 'same', images: 8 });
    expect(error).toBeLessThan(limit / 10);
  }
});

test('a flipped byte and a missing file are named, and their formats not run', async () => {
  const copy = copyOfExport();
  const path = join(copy, 'timm.safetensors');
  const content = readFileSync(path);
  content[content.length - 5] = (content[content.length - 5] as number) ^ 1;
  writeFileSync(path, content);
  rmSync(join(copy, 'saved_model/saved_model.pb'));
  const { code, stdout, stderr } = await verify(copy);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^torchvision +same/m);
  expect(stdout).toMatch(/^timm +not run +its files were changed$/m);
  expect(stdout).toMatch(/^savedmodel +not run +its files were changed$/m);
  expect(stdout).toMatch(/timm\.safetensors was changed: its SHA-256 is [0-9a-f]{12}\.\.\., not/);
  expect(stdout).toMatch(/saved_model\/saved_model\.pb is missing/);
  expect(stderr).toMatch(/^error: the export in .* is not what was written: saved_model\/saved_model\.pb, timm\.safet/);
});

test('a card with its licence filled in is no fault', async () => {
  const copy = copyOfExport(join(run, 'exports'));
  const card = join(copy, 'README.md');
  writeFileSync(card, readFileSync(card, 'utf8').replace(/^license:.*$/m, 'license: mit'));
  const { code, stdout } = await verify(copy);
  expect({ code, text: stdout.trim().split('\n').at(-1) }).toEqual({
    code: 0,
    text: expect.stringMatching(/^\d+ files as written, but for README\.md, which may be edited$/),
  });
});

test('with repaired hashes, changed weights are found by what they compute, and a graph that would write is not run', async () => {
  const copy = copyOfExport();
  const path = join(copy, 'torchvision.safetensors');
  const { tensors, metadata } = await readSafetensors(path);
  const values = tensors['layer2.0.conv1.weight']?.data as Float32Array;
  values[0] = (values[0] as number) + 0.1;
  const { fileSha256: _, ...others } = metadata;
  await writeSafetensors(path, tensors, others);
  repairHash(copy, 'torchvision.safetensors');
  const shard = readdirSync(join(copy, 'tfjs')).find((name) => name.endsWith('.bin')) as string;
  const bytes = readFileSync(join(copy, 'tfjs', shard));
  for (let at = 0; at < 2000; at += 4) bytes.writeFloatLE(bytes.readFloatLE(at) * 1.5, at);
  writeFileSync(join(copy, 'tfjs', shard), bytes);
  repairHash(copy, `tfjs/${shard}`);
  const graph = join(copy, 'saved_model/saved_model.pb');
  const target = join(temporaryFolder(), 'written');
  writeFileSync(graph, writingSavedModel(readFileSync(graph), target));
  repairHash(copy, 'saved_model/saved_model.pb');
  const { code, stdout, stderr } = await verify(copy);
  expect(stdout).toMatch(/^torchvision +different/m);
  expect(stdout).toMatch(/^timm +same/m);
  expect(stdout).toMatch(/^tfjs +different/m);
  expect(existsSync(target)).toBe(false);
  expect(stdout).toMatch(/^savedmodel +failed +Operations that no encoder has, so it was not run: WriteFile\.$/m);
  expect(stderr).toMatch(/torchvision, savedmodel, tfjs\n/);
  expect(code).toBe(1);
});

test('files that export.json does not list are neither read nor run', async () => {
  const copy = copyOfExport();
  const manifest = JSON.parse(readFileSync(join(copy, 'export.json'), 'utf8'));
  writeFileSync(join(copy, 'export.json'), JSON.stringify({ ...manifest, files: [] }));
  // Reading the one would wait for ever, and the other has no end.
  rmSync(join(copy, 'verification'), { recursive: true });
  await runInShell('mkdir verification && mkfifo verification/images.npy', copy);
  symlinkSync('/dev/zero', join(copy, 'verification/features.npy'));
  const { code, stdout, stderr } = await verify(copy);
  for (const format of EXPORT_FORMATS) expect(stdout).toMatch(new RegExp(`^${format} +not run`, 'm'));
  expect(stdout).toMatch(/verification\/images\.npy is not listed in export\.json/);
  expect(stderr).toMatch(/^error: the export in .* is not what was written/);
  expect(code).toBe(1);

  rmSync(join(copy, 'verification'), { recursive: true });
  const without = await verify(copy);
  expect(without.stdout).toMatch(/verification\/features\.npy is not listed in export\.json/);
  expect(without).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: the export in .* is not what/) });
});

test('a verification pair of many images, or of another size, is refused with its path', async () => {
  const copy = copyOfExport();
  const path = join(copy, 'verification/images.npy');
  const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (20000, 16, 16, 3), }";
  const start = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${header.padEnd(117)}\n`, 'latin1');
  writeFileSync(path, Buffer.concat([start, Buffer.alloc(20_000 * 16 * 16 * 3)]));
  repairHash(copy, 'verification/images.npy');
  const { code, stderr } = await verify(copy);
  expect(stderr.replaceAll(copy, 'COPY')).toBe(
    'error: expected uint8 images [8, 16, 16, 3], got uint8 [20000, 16, 16, 3]: COPY/verification/images.npy\n',
  );
  expect(code).toBe(1);
});

test('embeddings and pyramids are exported and verified, too', async () => {
  const formats = 'torchvision,savedmodel,tfjs';
  const args = ['--run', run, '-f', formats, '--quiet', '--input', 'normalized'];
  await clExport([...args, '--part', 'projector', '-o', 'embedding'], folder);
  await clExport([...args, '--features', 'pyramid', '-o', 'pyramid'], folder);
  for (const name of ['embedding', 'pyramid']) {
    const { code, stdout } = await verify(join(folder, name));
    expect({ name, code, same: stdout.match(/ same /g)?.length }).toEqual({ name, code: 0, same: 3 });
  }
  const { tensors } = await readSafetensors(join(folder, 'embedding/torchvision.safetensors'));
  expect(tensors['projector.0.weight']?.shape).toEqual([8, 32]);
  expect(tensors['projector.1.num_batches_tracked']?.shape).toEqual([]);
  expect(readFileSync(join(folder, 'embedding/README.md'), 'utf8')).toContain('def load_projector(path):');
  expect(readFileSync(join(folder, 'pyramid/README.md'), 'utf8')).toContain('BackboneWithFPN(body, stages, channels');
});

test('the best checkpoint is that of the best recorded kNN, and has its own evaluation', async () => {
  const scores = metrics(run).flatMap((record) =>
    record.type === 'evaluation' && record.evaluation.subject === 'pretrained' ? [record] : [],
  );
  const best = scores.reduce((a, b) => (b.evaluation.top1 >= a.evaluation.top1 ? b : a));
  const { stdout } = await clExport(
    ['--run', run, '--checkpoint', 'best', '-f', 'timm', '-o', 'best', '--json'],
    folder,
  );
  expect(JSON.parse(stdout).encoder).toMatchObject({ step: best.step, epoch: best.epoch });
  const first = scores[0] as (typeof scores)[number];
  await clExport(['--run', run, '--checkpoint', 'step-00000006.safetensors', '-f', 'timm', '-o', 'first'], folder);
  expect(readFileSync(join(folder, 'first/README.md'), 'utf8')).toContain(
    `| kNN | pretrained | ${(first.evaluation.top1 * 100).toFixed(1)} % |`,
  );
});

test('a folder is never overwritten unasked, and nothing is written where something is wrong', async () => {
  const args = ['--run', run, '-f', 'timm', '--quiet'];
  expect(problem(await clExport([...args, '-o', 'all'], folder), folder)).toMatchInlineSnapshot(`
    "exit 2: error: --output: expected a new or empty folder, got all, which holds an export
    hint: Replace it by --overwrite, or choose another folder.
    "
  `);
  expect(problem(await clExport([...args, '-o', '.', '--overwrite'], folder), folder)).toMatchInlineSnapshot(`
    "exit 2: error: --output: expected a new or empty folder, got ., which holds again, all, best, embedding, first, ...
    hint: Choose another folder.
    "
  `);
  const copy = copyOfExport();
  expect((await clExport([...args, '-o', copy, '--overwrite'], folder)).code).toBe(0);
  expect(readdirSync(copy)).toEqual(['README.md', 'export.json', 'timm.safetensors', 'verification']);
  const missing = await clExport(
    ['--run', run, '--checkpoint', 'step-1.safetensors', '-f', 'timm', '-o', 'new'],
    folder,
  );
  expect(problem(missing, folder)).toMatchInlineSnapshot(`
    "exit 2: error: --checkpoint: expected last, best or a file, got step-1.safetensors, which does not exist
    hint: The checkpoints of a run: ls FOLDER/runs/run/checkpoints
    "
  `);
  expect(existsSync(join(folder, 'new'))).toBe(false);
});

test('without its images an export is verified on patterns, and says so', async () => {
  const gone = join(folder, 'gone');
  const { code, stderr } = await clExport(['--run', run, '-f', 'torchvision', '-o', 'blind', '--data', gone], folder);
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^warning: the run's images can't be opened \(.*the export is verified on 8 generated patterns/m,
  );
  const card = readFileSync(join(folder, 'blind/README.md'), 'utf8');
  expect(card).toContain('8 generated patterns');
  expect(card).toContain('The data could not be opened any more');
  expect((await verify(join(folder, 'blind'))).code).toBe(0);
});

test('an export does not go into the images', async () => {
  const place = temporaryFolder();
  const names = Array.from({ length: 16 }, (_, i) => `images/${i % 2 ? 'cat' : 'dog'}/${i}.png`);
  writeFiles(
    place,
    Object.fromEntries(await Promise.all(names.map(async (name, i) => [name, await patternPng(16, 16, i)]))),
  );
  writeExperiment(place, '', TINY);
  const args = ['--config', 'run.yaml', '--data', 'images', '--output', 'images/run', ...sets('export.atEnd=[onnx]')];
  expect((await train(place, args)).code).toBe(0);
  expect(existsSync(join(place, 'images/run/exports/encoder.onnx'))).toBe(true);
  const inside = await clExport(['--run', 'images/run', '-f', 'timm', '-o', 'images/out', '--quiet'], place);
  expect(problem(inside, place)).toMatchInlineSnapshot(`
    "exit 2: error: --output: expected a folder outside the run's images, got images/out, inside FOLDER/images
    hint: Its images.npy would be read as data. Choose another folder.
    "
  `);
  // The run folder is left out of the data as a whole.
  const own = ['--run', 'images/run', '-f', 'timm', '-o', 'images/run/exports/timm', '--quiet'];
  expect((await clExport(own, place)).code).toBe(0);
});

test('export.atEnd: [] exports nothing, and an export that fails costs neither report nor exit code', async () => {
  const place = temporaryFolder();
  writeExperiment(place, DATA);
  expect((await train(place, ['--config', 'run.yaml', ...sets('export.atEnd=[]')])).code).toBe(0);
  expect(existsSync(join(place, 'runs/run/exports'))).toBe(false);
  writeFileSync(join(place, 'runs/run/exports'), 'mine');
  const failed = await train(place, ['--resume', 'runs/run', '--epochs', '4', ...sets('export.atEnd=[timm]')]);
  expect(failed.code).toBe(0);
  expect(failed.stderr).toMatch(
    /no export: --output: expected a new or empty folder, got .*exports, which is a file; cl-export/,
  );
  expect(readFileSync(join(place, 'runs/run/exports'), 'utf8')).toBe('mine');
  const report = JSON.parse(readFileSync(join(place, 'runs/run/report.json'), 'utf8'));
  expect(report.run.state).toBe('finished');
  expect(report.exports).toBeNull();
  expect(report.training.warnings.at(-1).message).toMatch(/^no export: /);
});

test('a stopped run exports nothing', async () => {
  const place = temporaryFolder();
  writeExperiment(place, DATA, EXPORTING.replace('epochs: 3', 'epochs: 300'));
  const stopped = await train(place, ['--config', 'run.yaml'], {
    when: ['epochs of', (pid) => process.kill(pid, 'SIGINT')],
  });
  expect(stopped.code).toBe(130);
  expect(existsSync(join(place, 'runs/run/exports'))).toBe(false);
});

test('a run that is resumed when it is finished, or for longer, leaves one export, and a changed one as it is', async () => {
  const place = temporaryFolder();
  writeExperiment(place, DATA, EXPORTING);
  expect((await train(place, ['--config', 'run.yaml'])).code).toBe(0);
  const exports = join(place, 'runs/run/exports');
  const first = contents(exports);
  expect((await train(place, ['--resume', 'runs/run'])).code).toBe(0);
  expect(contents(exports)).toEqual(first);
  expect(readdirSync(join(place, 'runs/run')).filter((name) => name.includes('export'))).toEqual(['exports']);
  writeFileSync(join(exports, 'README.md'), 'license: mit');
  const { code, stderr } = await train(place, ['--resume', 'runs/run', '--epochs', '4']);
  expect(code).toBe(0);
  expect(stderr).toMatch(/no export: .*README\.md was changed since it was written, and is left as it is/);
  expect(readFileSync(join(exports, 'README.md'), 'utf8')).toBe('license: mit');
});
