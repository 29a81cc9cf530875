import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Evaluation } from '../../src/evaluate/evaluation.ts';
import { readHistory } from '../../src/report/history.ts';
import { reportHtml } from '../../src/report/report-html.ts';
import { reportJson } from '../../src/report/report-json.ts';
import { type RunFacts, summarizeRun } from '../../src/report/run-summary.ts';
import { writeReport } from '../../src/report/write-report.ts';
import type { Lineage, TrainEvent } from '../../src/train/events.ts';
import { environment, evaluation, hostile, recordRun, results, start, stepEvent } from './recorded-run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'report-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function summary(facts: Partial<RunFacts> = {}, more: readonly TrainEvent[] = []) {
  const path = join(folder, 'metrics.jsonl');
  await recordRun(path, more);
  return summarizeRun({
    tool: { name: 'contrastive-learning-train', version: '0.1.0' },
    folder: 'runs/one',
    config: { method: 'simclr', train: { epochs: 3 } },
    configText: 'method: simclr\ntrain:\n  epochs: 3\n',
    environment,
    history: await readHistory(path),
    evaluations: results,
    ...facts,
  });
}

const parse = (html: string) => parseHTML(html).document;
const words = (element: { textContent: string | null } | null) =>
  (element?.textContent ?? '').replace(/\s+/g, ' ').trim();

test('report.json has the promised shape', async () => {
  const paths = await writeReport(folder, await summary());
  expect(readdirSync(folder).sort()).toEqual(['metrics.jsonl', 'report.html', 'report.json']);
  const report = JSON.parse(readFileSync(paths.json, 'utf8'));
  expect(Object.keys(report)).toEqual([
    'schemaVersion',
    'tool',
    'run',
    'init',
    'config',
    'environment',
    'training',
    'evaluations',
    'exports',
  ]);
  expect(report.schemaVersion).toBe(1);
  expect(report.evaluations).toEqual(results);
  expect(Object.keys(report.evaluations[0])).toEqual(['name', 'subject', 'top1', 'n', 'interval', 'protocol']);
  expect(report.run).toMatchObject({ state: 'finished', step: 30, epoch: 3, processes: 1 });
  expect(report.training.timing).toEqual({
    imagesPerSecond: expect.closeTo(130, 9),
    waitShare: expect.closeTo(0.03, 9),
    peakMemoryBytes: 1.7e9,
  });
  expect(report.training.plan).toMatchObject({ totalSteps: 30, chanceLoss: Math.log(127) });
  expect(report.training.evaluations.map((each: { epoch: number }) => each.epoch)).toEqual([1, 2, 3]);
  expect(report.training.checkpoints).toHaveLength(3);
});

test('without final evaluations the latest recorded ones stand', async () => {
  const { evaluations: _evaluations, ...facts } = await summary();
  const { evaluations } = summarizeRun({ ...facts, folder: 'runs/one' } as RunFacts);
  expect(evaluations.map((each) => each.top1)).toEqual([0.33]);
});

test('report.html says the result in words and shows it', async () => {
  const document = parse(reportHtml(await summary()));
  expect([...document.querySelectorAll('h1 .sentence')].map(words)).toEqual([
    'kNN 44.1 %, above raw pixels (30.1 %)',
    'Linear probe 51.2 %, above the untrained encoder (33.7 %)',
  ]);
  expect([...document.querySelectorAll('.finding')].map(words)).toEqual([
    'kNN 44.1 % (41.9–46.3) against 27.0 % (25.1–29.0) for the untrained encoder: the intervals do not overlap.',
    'Linear probe 51.2 % (49.0–53.4) against 33.7 % (31.6–35.8) for the untrained encoder: the intervals do not overlap.',
  ]);
  expect([...document.querySelectorAll('section')].map((section) => section.id)).toEqual([
    'results',
    'training',
    'warnings',
    'checkpoints',
    'configuration',
    'environment',
  ]);
  expect(document.querySelectorAll('#results tbody tr')).toHaveLength(results.length);
  expect(words(document.querySelector('#results figcaption'))).toContain('Not measured: linear probe of raw pixels.');
  const titles = [...document.querySelectorAll('#training figcaption')].map(words);
  expect(titles.join()).toContain('near 0: all images get the same one');
  for (const title of ['Loss', 'kNN accuracy', 'Learning rate', 'Throughput', 'Waiting for data', 'Embedding std']) {
    expect(titles.some((each) => each.startsWith(title))).toBe(true);
  }
  expect(words(document.querySelector('#training svg'))).toContain('chance 4.844');
});

const lineage: Lineage = {
  ...{ path: 'runs/simclr/checkpoints/step-00000152.safetensors', run: 'runs/simclr', kind: 'checkpoint' },
  ...{ sha256: '0123456789abcdef'.repeat(4), epoch: 8, prefix: 'backbone.', matched: 122, expected: 122 },
  leftOut: [{ group: 'projector', count: 7, reason: 'it is a head, not the backbone' }],
  fresh: ['projector', 'queue', 'optimizer'],
};

/** What a run that started from weights sends besides. */
const started = (init: Lineage): TrainEvent[] => [
  { ...start, init },
  { type: 'evaluation', step: 0, epoch: 0, evaluation: evaluation('start', 0.411, [0.39, 0.433]) },
];

test('the weights that a run started from stand beside its result, with where they came from', async () => {
  const all = await summary({ evaluations: undefined }, started(lineage));
  expect(all.evaluations.map(({ subject }) => subject)).toEqual(['pretrained', 'start']);
  expect(JSON.parse(reportJson(all))).toMatchObject({
    init: lineage,
    evaluations: [{ subject: 'pretrained' }, { subject: 'start', top1: 0.411 }],
  });
  expect(JSON.parse(reportJson({ ...all, init: undefined })).init).toBeNull();
  const document = parse(reportHtml(all));
  const section = document.querySelector('#start');
  expect([...(section?.querySelectorAll('dt, dd, p') ?? [])].map(words)).toEqual([
    ...['File', lineage.path, 'SHA-256', lineage.sha256],
    ...['Before training', 'kNN 41.1 % (39.0–43.3)'],
    '122 of 122 tensors of the backbone matched (prefix backbone.)',
    'left out: projector (7 tensors: it is a head, not the backbone)',
    'fresh: projector, queue, optimizer',
  ]);
  expect([...document.querySelectorAll('#results td:nth-child(2)')].map(words)).toEqual([
    'pretrained',
    'starting weights',
  ]);
  expect(words(document.querySelector('.finding'))).toContain('The starting weights reached 41.1 % (39.0–43.3)');
  // The curve of kNN begins with them.
  const [curve] = [...document.querySelectorAll('#training svg')].filter((svg) => words(svg).startsWith('kNN'));
  expect(words(curve ?? null)).toContain('From 41 % to 33 % over 4 points');
  const probed = { ...all, evaluations: results };
  expect(words(parse(reportHtml(probed)).querySelector('#results figcaption'))).toContain(
    'Not measured: kNN of the starting weights, linear probe of the starting weights, linear probe of raw pixels.',
  );
});

test('every picture has a title and a description, and ids are unique', async () => {
  const document = parse(reportHtml(await summary()));
  const pictures = [...document.querySelectorAll('svg')];
  expect(pictures.length).toBeGreaterThan(7);
  for (const picture of pictures) {
    const labels = (picture.getAttribute('aria-labelledby') ?? '').split(' ');
    expect(labels).toHaveLength(2);
    for (const id of labels) expect(words(document.getElementById(id))).not.toBe('');
  }
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('hostile names, paths and messages are shown as text, and nothing is fetched', async () => {
  const html = reportHtml(
    await summary(
      {
        folder: hostile,
        configText: `data: '${hostile}'`,
        skippedImages: [{ name: hostile, reason: hostile }],
        evaluations: [
          ...results,
          { ...evaluation('pretrained', 0.4, [0.3, 0.5], hostile), protocol: { description: hostile } },
        ],
        environment: { ...environment, cpu: hostile },
        sampleViews: { dataUri: 'data:image/png;base64,aGVsbG8=', caption: hostile },
      },
      [
        { ...start, method: hostile, startStep: 30, init: { ...lineage, path: hostile, prefix: hostile } },
        { ...stepEvent(31), metrics: { [hostile]: 1 } },
        { type: 'warning', step: 31, message: hostile, hint: hostile },
        { type: 'checkpoint', step: 31, epoch: 4, path: hostile, bytes: 1 },
        { type: 'end', step: 31, epoch: 4, seconds: 1, reason: 'failed', message: hostile },
      ],
    ),
  );
  const document = parse(html);
  expect(document.querySelectorAll('script, [onerror], iframe, link, object')).toHaveLength(0);
  expect(document.querySelectorAll('img')).toHaveLength(1);
  expect(words(document.querySelector('#warnings code'))).toBe(hostile);
  expect(words(document.querySelector('#warnings td + td'))).toContain(hostile);
  expect(document.querySelector('pre')?.textContent).toBe(`data: '${hostile}'`);
  expect(
    [...html.matchAll(/https?:\/\/[^"'\s<)]+/g)]
      .map(([url]) => url)
      .filter((url) => !url.startsWith('http://www.w3.org/')),
  ).toEqual([]);
  expect(html).not.toMatch(/(src|href)="(?!data:|#)|@import|url\((?!#)/);
});

test('views that are not an embedded picture are refused', async () => {
  const facts = { sampleViews: { dataUri: 'https://example.org/a.png', caption: 'views' } };
  const made = await summary(facts);
  expect(() => reportHtml(made)).toThrow(TypeError);
});

test('what is missing or went wrong is said', async () => {
  const empty = summarizeRun({
    tool: { name: 'contrastive-learning-train', version: '0.1.0' },
    folder: 'runs/none',
    config: { method: 'simclr' },
    environment,
    history: await readHistory(join(folder, 'none.jsonl')),
  });
  const bare = parse(reportHtml(empty));
  expect(words(bare.querySelector('h1'))).toBe('Not finished, at step 0. No evaluation was made.');
  expect(words(bare.querySelector('#training'))).toContain('No step was recorded');
  expect(words(bare.querySelector('#checkpoints'))).toContain('None was written.');
  expect(words(bare.querySelector('pre'))).toContain('"method": "simclr"');

  const failed = await summary({ evaluations: [] }, [
    { ...start, startStep: 30 },
    { ...stepEvent(31), loss: Number.NaN },
    { type: 'end', step: 31, epoch: 4, seconds: 1, reason: 'failed', message: 'The loss is not a number.' },
  ]);
  const document = parse(reportHtml(failed));
  expect(words(document.querySelector('h1'))).toBe(
    'Failed after step 31 of 30. No evaluation was made; loss NaN (chance 4.844).',
  );
  expect([...document.querySelectorAll('.alert')].map(words)).toEqual([
    'The loss is not a number.',
    'The loss stopped being a finite number by step 31.',
  ]);
  expect(JSON.parse(readFileSync((await writeReport(folder, failed)).json, 'utf8')).training.loss.last).toBeNull();
});

test('a method without a chance loss, and a curve without a finite value, are drawn without guesses', async () => {
  const { history, ...facts } = await summary({ evaluations: [] });
  const made = summarizeRun({
    tool: facts.tool,
    folder: 'runs/one',
    config: {},
    environment,
    history: {
      ...history,
      starts: history.starts.map((each) => ({ ...each, method: 'BYOL', chanceLoss: Number.NaN })),
      steps: history.steps.map((each) => ({ ...each, loss: Number.NaN })),
    },
  });
  const document = parse(reportHtml(made));
  expect(words(document.body)).not.toMatch(/chance/);
  expect(words(document.querySelector('#training svg'))).toContain('no finite value was recorded');
  expect(words(document.querySelector('.alert'))).toBe('The loss stopped being a finite number by step 1.');
});

test('settings that subjects share stand once, others name their subject', async () => {
  const [ours, floor] = results.map((each) => ({ ...each, protocol: { ...each.protocol, features: 512 } }));
  const pixels = { ...evaluation('pixels', 0.3, [0.28, 0.32]), protocol: { ...results[0]?.protocol, features: 3072 } };
  const document = parse(reportHtml(await summary({ evaluations: [ours, floor, pixels] as Evaluation[] })));
  expect(words(document.querySelector('#results details h3'))).toBe('How kNN was measured');
  expect(document.querySelector('#results details')?.hasAttribute('open')).toBe(false);
  expect(words(document.querySelector('#results h3 ~ .note'))).toBe(
    'k: 20 · features: 512 (pretrained), 512 (untrained), 3072 (raw pixels)',
  );
});

test('a resumed run counts the time of its processes, not the pause between them', async () => {
  const { history } = await summary();
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
  const resumed = summarizeRun({
    ...(await summaryFacts()),
    history: {
      ...history,
      starts: [
        { ...start, time: at(0) },
        { ...start, startStep: 10, time: at(5000) },
      ],
      steps: [
        { ...stepEvent(10), time: at(40) },
        { ...stepEvent(11), time: at(5020) },
      ],
      epochs: [],
      evaluations: [],
      checkpoints: [],
      ends: [],
    },
  });
  expect(resumed.run).toMatchObject({ seconds: 60, processes: 2, state: 'unfinished', step: 11 });
});

async function summaryFacts(): Promise<Omit<RunFacts, 'history'>> {
  return {
    tool: { name: 'contrastive-learning-train', version: '0.1.0' },
    folder: 'runs/one',
    config: {},
    environment,
  };
}
