import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { terminalText } from '../../src/util/terminal-text.ts';
import { temporaryFolder } from '../cli/run-command.ts';
import { badFiles, fixture, makeTortureFolder, ODD_ENTRIES, ODD_NAMES } from '../data/torture.ts';
import { losses, sets, train, writeExperiment } from './runs.ts';

interface Skipped {
  readonly name: string;
  readonly reason: string;
}

/** What a run's report says that it left out, in the order of names. */
function skippedOf(run: string): Skipped[] {
  const skipped: Skipped[] = JSON.parse(readFileSync(join(run, 'report.json'), 'utf8')).training.skippedImages;
  return skipped.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const asListed = (name: string, reason: RegExp | string) => ({
  name,
  reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
});

/** Control characters, which might move the cursor or fake a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

test('a torture folder trains on what is good, and screen, log and report list the rest with reasons', async () => {
  const folder = temporaryFolder();
  await makeTortureFolder(join(folder, 'images'));
  writeExperiment(folder, 'data: {path: images, maxBadShare: 0.9}\n');
  const args = ['-c', 'run.yaml', ...sets('schedule.epochs=4', 'schedule.batchSize=12')];
  const planned = await train(folder, [...args, '--dry-run']);
  expect(planned.stdout).toContain('48 images');
  expect(planned.stdout).not.toMatch(CONTROL);

  const { code, stdout, stderr } = await train(folder, [...args, '--output', 'run', '--verbose']);
  expect(stderr).not.toMatch(CONTROL);
  expect(stderr).not.toMatch(/^hint/m);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(losses(join(folder, 'run')).length).toBe(16);
  expect(losses(join(folder, 'run')).every(([, loss]) => Number.isFinite(loss))).toBe(true);
  expect(stderr).toContain('not read: 5 files (2 .gif, 1 .svg, 1 .txt, 1 .tif), such as drawing.svg');

  const wanted = [...Object.entries(await badFiles()), ...Object.entries(ODD_ENTRIES)].map(([name, { reason }]) =>
    asListed(name, reason),
  );
  wanted.push(asListed('caf\ufffd.jpg', 'has a name that is not UTF-8; rename it'));
  const skipped = skippedOf(join(folder, 'run'));
  expect(skipped).toEqual(wanted.toSorted((a, b) => (a.name < b.name ? -1 : 1)));

  const log = readFileSync(join(folder, 'run/log.jsonl'), 'utf8').trimEnd().split('\n');
  const logged = new Set(log.map((line) => JSON.parse(line).message));
  const page = readFileSync(join(folder, 'run/report.html'), 'utf8');
  for (const { name, reason } of skipped) {
    expect(stderr).toContain(`warning: ${terminalText(`left out ${name}: it ${reason}`)}\n`);
    expect(logged).toContain(`left out ${name}: it ${reason}`);
    expect(page).toContain(reason.replaceAll("'", '&#39;'));
  }
});

test('a torture folder with the usual share of bad images stops, and no name can fake a line of the message', async () => {
  const folder = temporaryFolder();
  await makeTortureFolder(join(folder, 'images'));
  writeExperiment(folder, 'data: {path: images}\n');
  const { code, stderr } = await train(folder, ['-c', 'run.yaml', '--output', 'run']);
  expect(code).toBe(1);
  expect(stderr).not.toMatch(CONTROL);
  expect(stderr).toMatch(/^error: expected at most 1 % bad images, got 2 of 48 or more: /m);
  expect(stderr.split('\n').filter((line) => line.startsWith('hint:'))).toEqual([
    'hint: Replace or remove the damaged files, or allow a larger share of bad images: --set data.maxBadShare=SHARE',
  ]);
});

test('good images of one size train in memory beside every kind of bad one', async () => {
  const folder = temporaryFolder();
  await makeTortureFolder(join(folder, 'images'));
  // Those that claim another size.
  const odd = ['Mixed.Jpg', 'nothing-behind.png', 'truncated.jpg'];
  for (const name of odd) rmSync(join(folder, 'images', name));
  writeFileSync(join(folder, 'images/good.png'), fixture('rgb.png'));
  writeExperiment(folder, 'data: {path: images, maxBadShare: 0.9}\n');
  const { code, stderr } = await train(folder, ['-c', 'run.yaml', '--output', 'run', ...sets('schedule.epochs=2')]);
  expect(code).toBe(0);
  expect(stderr).toContain('; in memory');
  // One of the odd ones is good, and there are good.png and link.jpg.
  const good = Object.keys(ODD_NAMES).length - 1 + 2;
  expect(stderr).toContain(`${good} images, batches of 8`);
  // Two of the odd ones are bad, and so is the name that is no text.
  const bad = Object.keys(await badFiles()).length - 2 + Object.keys(ODD_ENTRIES).length + 1;
  expect(skippedOf(join(folder, 'run')).length).toBe(bad);
});
