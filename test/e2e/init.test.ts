import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCheckpoint } from '../../src/checkpoint/checkpoint.ts';
import { writeSafetensors } from '../../src/checkpoint/safetensors-write.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Evaluation } from '../../src/evaluate/evaluation.ts';
import { torchTensors } from '../../src/interop/torch/torch-names.ts';
import { hashFile } from '../../src/util/hash-file.ts';
import { inRepository, runNode } from '../cli/run-command.ts';
import { BUNDLED, checkpoints, LAST, losses, metrics, problem, sets, TINY, train, writeExperiment } from './runs.ts';

const MOCO = '{name: moco, queueSize: 32, projector: {hidden: 8, out: 4}}';

/** A folder with the run of SimCLR that the others start from, which is evaluated, and `moco-run.yaml` beside it. */
let folder: string;
const source = (): string => join(folder, 'source', 'checkpoints', LAST);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cl-init-'));
  const evaluated = TINY.replace(/^evaluate: .*$/m, 'evaluate: {knn: {everyEpochs: 3}, linearProbe: true}');
  writeExperiment(folder, BUNDLED, evaluated);
  writeFileSync(join(folder, 'moco-run.yaml'), BUNDLED + evaluated.replace(/^method: .*$/m, `method: ${MOCO}`));
  expect((await train(folder, ['-c', 'run.yaml', '-o', 'source'])).code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

function evaluations(run: string): (Evaluation & { step: number })[] {
  return metrics(run).flatMap((event) =>
    event.type === 'evaluation' ? [{ ...event.evaluation, step: event.step }] : [],
  );
}

/** An evaluation's numbers, and the values of the encoder that they are of. */
function score({ name, top1, n, interval, protocol }: Evaluation) {
  return { name, top1, n, interval, encoder: protocol['encoderSha256'], transform: protocol['transform'] };
}

/** Text with paths and hashes as words. */
const told = (text: string): string => text.replaceAll(folder, 'FOLDER').replace(/sha256 [0-9a-f]{12}/g, 'sha256 HASH');

test('a MoCo run that starts from a SimCLR run has its accuracies at step 0, and says where it comes from', async () => {
  const run = join(folder, 'moco');
  const { code, stdout, stderr } = await train(folder, ['-c', 'moco-run.yaml', '--init', 'source', '-o', 'moco']);
  expect(code).toBe(0);
  const before = evaluations(join(folder, 'source')).filter(({ subject }) => subject === 'pretrained');
  const atStart = evaluations(run).filter(({ subject }) => subject === 'start');
  expect(atStart.map(({ step }) => step)).toEqual([0, 0]);
  expect(atStart.map(score)).toEqual(before.map(score));
  expect(before.map(({ name }) => name)).toEqual(['knn', 'linear-probe']);

  const lines = stderr.split('\n').map((line) => told(line).replace(/^\[\d:\d\d\] /, ''));
  expect(lines).toContain(`started from FOLDER/source/checkpoints/${LAST} (checkpoint, sha256 HASH, 3 epochs)`);
  expect(lines).toContain('fresh: projector, queue, optimizer');
  expect(lines.some((line) => line.startsWith('100 of 100 tensors of the backbone matched'))).toBe(true);
  expect(lines.some((line) => /^kNN, starting weights: .* % \(.*\) at step 0$/.test(line))).toBe(true);
  expect(lines.filter((line) => line.startsWith('warning: init'))).toEqual([]);
  const rows = stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 2).join(': '));
  expect(rows.slice(1, 9)).toEqual(
    ['pretrained', 'starting weights', 'untrained', 'raw pixels'].flatMap((subject) => [
      `kNN: ${subject}`,
      `linear probe: ${subject}`,
    ]),
  );
  expect(stdout).toMatch(/^kNN .* The starting weights reached .* %/m);

  const report = JSON.parse(readFileSync(join(run, 'report.json'), 'utf8'));
  const lineage = {
    ...{ path: source(), run: join(folder, 'source'), kind: 'checkpoint', sha256: await hashFile(source()), epoch: 3 },
    ...{ matched: 100, expected: 100, fresh: ['projector', 'queue', 'optimizer'] },
  };
  expect(report.init).toMatchObject(lineage);
  expect(report.training.plan).not.toHaveProperty('init');
  const { progress } = await readCheckpoint(join(run, 'checkpoints', LAST));
  expect(progress['init']).toMatchObject(lineage);
  const html = readFileSync(join(run, 'report.html'), 'utf8');
  expect(html).toContain('<h2>Starting weights</h2>');
  expect(html).toContain(lineage.sha256);
});

test('a run goes on exactly without the weights that it started from', async () => {
  const weights = join(folder, 'weights.safetensors');
  cpSync(source(), weights);
  writeFileSync(
    join(folder, 'init.yaml'),
    `init: weights.safetensors\n${readFileSync(join(folder, 'moco-run.yaml'), 'utf8')}`,
  );
  const saving = sets('checkpoint.everySteps=20', 'evaluate.linearProbe=false', 'evaluate.floors=false');
  await train(folder, ['-c', 'init.yaml', '-o', 'whole', ...saving, ...sets('evaluate.knn.everyEpochs=0')]);
  const when = ['step-00000020.safetensors', (pid: number) => process.kill(pid, 'SIGKILL')] as const;
  await train(folder, ['-c', 'init.yaml', '-o', 'killed', ...saving], { when });
  for (const copy of ['by-file', 'changed']) cpSync(join(folder, 'killed'), join(folder, copy), { recursive: true });
  rmSync(weights);
  const resumed = await train(folder, ['--resume', 'killed']);
  expect(resumed).toMatchObject({ code: 0, stderr: expect.stringContaining('going on after step 20') });
  expect(told(resumed.stderr)).toContain('started from FOLDER/weights.safetensors (checkpoint');
  expect(checkpoints(join(folder, 'killed'))[LAST]?.equals(checkpoints(join(folder, 'whole'))[LAST] as Buffer)).toBe(
    true,
  );
  const report = JSON.parse(readFileSync(join(folder, 'killed', 'report.json'), 'utf8'));
  expect(report.evaluations.map(({ subject }: Evaluation) => subject)).toEqual(['pretrained', 'start']);
  expect(evaluations(join(folder, 'killed')).map(({ step }) => step)).toEqual([0, 48]);
  // The name of what is gone may be looked for elsewhere.
  const byFile = await train(folder, ['-c', 'init.yaml', '-o', 'by-file', '--resume', ...saving]);
  expect(byFile.code).toBe(0);
  expect(losses(join(folder, 'by-file'))).toEqual(losses(join(folder, 'whole')));
  const plan = await train(folder, ['--resume', 'killed', '--dry-run']);
  expect(plan).toMatchObject({ code: 0, stdout: expect.not.stringContaining('starts from') });

  const changed = await train(folder, ['-c', 'moco-run.yaml', '-o', 'changed', '--resume', ...saving]);
  expect(problem(changed, folder)).toMatchInlineSnapshot(`
    "exit 2: error: --resume: expected the settings of the run in FOLDER/changed, got changes:
      init: "FOLDER/weights.safetensors" -> not set
    hint: Resume with the same settings (cl-train --resume DIR alone takes them from the folder), allow the changes by --allow-change init, or start a new run with --output.
    "
  `);
  // What the message offers goes on, and after it the run alone does too.
  const offered = /--allow-change [\w.,]*\w/.exec(changed.stderr)?.[0].split(' ') ?? [];
  const once = sets('checkpoint.everySteps=1');
  const again = ['-c', 'moco-run.yaml', '-o', 'changed', '--resume', ...saving, ...once, ...offered];
  const first = await train(folder, again, {
    when: ['step-00000030.safetensors', (pid) => process.kill(pid, 'SIGKILL')],
  });
  expect(first).toMatchObject({ code: null, stderr: expect.stringContaining('going on after step 20') });
  const second = await train(folder, ['--resume', 'changed']);
  expect(second).toMatchObject({ code: 0, stderr: expect.stringMatching(/going on after step (?!20)\d\d/) });
  for (const { stderr } of [first, second]) {
    expect(told(stderr)).toContain('started from FOLDER/weights.safetensors (checkpoint');
  }
  const { progress } = await readCheckpoint(join(folder, 'changed', 'checkpoints', LAST));
  expect(progress['init']).toMatchObject({ path: weights });
});

test('a run that is stopped while its starting weights are evaluated begins with that when it is resumed', async () => {
  const short = sets(
    'schedule.epochs=1',
    'schedule.warmupEpochs=0',
    'evaluate.floors=false',
    'evaluate.linearProbe=false',
  );
  const when = ['evaluating starting weights', (pid: number) => process.kill(pid, 'SIGINT')] as const;
  const args = ['-c', 'moco-run.yaml', '--init', 'source', '-o', 'stopped', ...short];
  expect(await train(folder, args, { when })).toMatchObject({ code: 130 });
  expect(Object.keys(checkpoints(join(folder, 'stopped')))).toEqual(['step-00000000.safetensors']);
  expect(await train(folder, ['--resume', 'stopped'])).toMatchObject({ code: 0 });
  expect(evaluations(join(folder, 'stopped')).map(({ step, subject }) => [step, subject])).toEqual([
    [0, 'start'],
    [16, 'pretrained'],
  ]);
});

test("weights in torchvision's names and layouts give the accuracies of the run that they are of", async () => {
  const { tensors } = await readCheckpoint(source());
  const { backbone } = loadConfig(join(folder, 'run.yaml'));
  const written = Object.entries(torchTensors('torchvision', { backbone, size: 16, tensors }));
  const weights = join(folder, 'theirs.safetensors');
  const prefixed = written.map(([name, tensor]) => [`module.encoder_q.${name}`, tensor] as const);
  await writeSafetensors(weights, Object.fromEntries(prefixed));
  const probe = sets(
    'evaluate.linearProbe=false',
    'evaluate.floors=false',
    'schedule.epochs=1',
    'schedule.warmupEpochs=0',
  );
  const { code, stderr } = await train(folder, ['-c', 'moco-run.yaml', '--init', weights, '-o', 'theirs', ...probe]);
  expect(code).toBe(0);
  expect(told(stderr)).toContain('started from FOLDER/theirs.safetensors (safetensors, sha256 HASH)');
  expect(stderr).toContain('(prefix module.encoder_q.)');
  expect(stderr).toContain('batch counters (20 tensors');
  const [before] = evaluations(join(folder, 'source')).filter(({ name }) => name === 'knn');
  const [atStart] = evaluations(join(folder, 'theirs'));
  expect(atStart).toMatchObject({ step: 0, subject: 'start', name: 'knn' });
  expect(score(atStart as Evaluation)).toEqual(score(before as Evaluation));
});

test('--dry-run says what a run would start from, and what differs', async () => {
  const small = sets('views.size=32', 'views.normalize=cifar10');
  const { code, stdout } = await train(folder, ['-c', 'moco-run.yaml', '--init', 'source', '--dry-run', ...small]);
  expect(code).toBe(0);
  const lines = told(stdout).split('\n');
  const at = lines.findIndex((line) => line.startsWith('starts from'));
  expect(lines.slice(at, at + 2)).toEqual([
    `starts from    FOLDER/source/checkpoints/${LAST} (checkpoint, sha256 HASH, 3 epochs)`,
    expect.stringMatching(/^ {15}100 of 100 tensors of the backbone matched/),
  ]);
  expect(lines.filter((line) => line.includes('init:'))).toMatchInlineSnapshot(`
    [
      "warnings       init: views.size is 32, and the weights were trained with 16 (--set views.size=16)",
      "               init: views.normalize is cifar10, and the weights were trained with imagenet (--set views.normalize=imagenet)",
    ]
  `);
});

test('a mistake costs one message, and nothing is written or deleted', async () => {
  const told = async (...args: string[]) => problem(await train(folder, ['-c', 'moco-run.yaml', ...args]), folder);
  expect(await told('--init', 'sorce')).toMatchInlineSnapshot(`
    "exit 2: error: init: expected a file of weights, got nothing at sorce
    hint: Did you mean source?
    "
  `);
  expect(await told('--init', 'timm/resnet18.a1_in1k')).toMatchInlineSnapshot(`
    "exit 2: error: init: expected a file of weights, got nothing at timm/resnet18.a1_in1k
    hint: If it is a repository of the Hugging Face hub: Nothing is downloaded. Fetch it first: hf download timm/resnet18.a1_in1k model.safetensors --local-dir resnet18.a1_in1k (then name resnet18.a1_in1k/model.safetensors)
    "
  `);
  expect(await told('--init', 'https://example.org/models/resnet18.pth')).toMatchInlineSnapshot(`
    "exit 2: error: init: expected a file of weights, got the address https://example.org/models/resnet18.pth
    hint: Nothing is downloaded. Fetch it first: curl -fLO https://example.org/models/resnet18.pth (then name resnet18.pth)
    "
  `);
  mkdirSync(join(folder, 'empty', 'checkpoints'), { recursive: true });
  expect(await told('--init', 'empty')).toMatchInlineSnapshot(`
    "exit 2: error: init: expected checkpoints in FOLDER/empty/checkpoints, found none
    hint: The run has not saved any: name another run folder, or a file of weights.
    "
  `);
  expect(await told('--init', 'source', '--resume')).toMatchInlineSnapshot(`
    "exit 2: error: --init: expected no weights to start from with --resume, which goes on exactly from the run's own checkpoint
    hint: Leave one of them out: init begins a new run, in a folder named by --output.
    "
  `);
  expect(await told('--init', 'source', '--output', 'source', '--overwrite')).toMatchInlineSnapshot(`
    "exit 2: error: --overwrite: expected to start from weights elsewhere, got init: FOLDER/source, which it would delete
    hint: Choose another folder by --output.
    "
  `);
  expect(await told('--init', source(), '--output', 'source', '--overwrite')).toMatchInlineSnapshot(`
    "exit 2: error: --overwrite: expected to start from weights elsewhere, got init: FOLDER/source/checkpoints/step-00000048.safetensors, which it would delete
    hint: Choose another folder by --output.
    "
  `);
  expect(Object.keys(checkpoints(join(folder, 'source')))).toEqual([LAST]);
  expect(await told('--init', 'source', '-o', 'wrong', ...sets('backbone.width=8'))).toMatchInlineSnapshot(`
    "exit 2: error: init: FOLDER/source/checkpoints/step-00000048.safetensors does not fit backbone.name=resnet18: 100 of 100 tensors differ: conv1.weight: expected [7, 7, 3, 8], got [7, 7, 3, 4]; bn1.weight: expected [8], got [4]; bn1.bias: expected [8], got [4]; ...
    hint: These weights fit --set backbone.width=4
    "
  `);
});

test('cl-eval measures a file of weights as it measures a run', async () => {
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await runNode([inRepository('bin/cl-eval.js'), 'knn', '--json', ...args], {
      cwd: folder,
    });
    expect([code, stderr.match(/error.*/)]).toEqual([0, null]);
    return { ...JSON.parse(stdout), stderr };
  };
  const run = await json('--run', 'source');
  const alone = join(folder, 'alone.safetensors');
  cpSync(source(), alone);
  const settings = ['-c', 'run.yaml'];
  const file = await json('--weights', alone, ...settings);
  expect(file).toMatchObject({ weights: alone, sha256: await hashFile(alone) });
  expect(file.evaluations.map(score)).toEqual(run.evaluations.map(score));
  expect(file.stderr).toContain('100 of 100 tensors of the backbone matched');
});
