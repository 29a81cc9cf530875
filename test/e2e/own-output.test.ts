import { appendFileSync, copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clData, temporaryFolder } from '../cli/run-command.ts';
import { patternPng, writeFiles } from '../data/temp-files.ts';
import { metrics, TINY, train, writeExperiment } from './runs.ts';

/** A folder with 48 images in two classes, and an experiment beside it. */
async function withImages(): Promise<string> {
  const folder = temporaryFolder();
  writeExperiment(folder, '', TINY.replace('epochs: 3', 'epochs: 30'));
  const files = await Promise.all(
    Array.from(
      { length: 48 },
      async (_, i) => [`images/${i % 2 ? 'cat' : 'dog'}/${i}.png`, await patternPng(16, 16, i)] as const,
    ),
  );
  writeFiles(folder, Object.fromEntries(files));
  return folder;
}

async function describe(folder: string): Promise<string> {
  const { stdout } = await clData(['inspect', '.', '--json', '--quiet'], folder);
  return (JSON.parse(stdout) as { description: string }).description;
}

test('a run inside of its images goes on after a kill, and neither it nor others become data', async () => {
  const folder = await withImages();
  const images = join(folder, 'images');
  const stopped = await train(images, ['--config', '../run.yaml', '--data', '.'], {
    when: ['step 20/', (pid) => process.kill(pid, 'SIGTERM')],
  });
  expect(stopped.stderr).toContain('lies inside the images');
  expect(stopped.stderr).toContain('class folders: 48 images in 2 classes');
  const run = join(images, 'runs', 'run');
  expect(readdirSync(run)).toContain('views.png');
  const resumed = await train(images, ['--resume', 'runs/run']);
  expect(resumed.stderr).not.toContain('expected the');
  expect(resumed.code).toBe(0);
  expect(metrics(run).at(-1)).toMatchObject({ type: 'end', reason: 'finished' });

  // Runs of other names and places, without a report, without checkpoints; and a folder that only looks like one.
  cpSync(run, join(images, 'cat', 'old'), { recursive: true });
  rmSync(join(images, 'cat', 'old', 'report.json'));
  cpSync(run, join(images, 'failed'), { recursive: true });
  rmSync(join(images, 'failed', 'checkpoints'), { recursive: true });
  mkdirSync(join(images, 'bird'));
  copyFileSync(join(images, 'cat', '1.png'), join(images, 'bird', '1.png'));
  writeFiles(images, { 'bird/config.yaml': 'species: robin\n', 'bird/log.jsonl': '' });
  expect(await describe(images)).toBe(
    'class folders: 49 images in 3 classes, no test images, not read: 2 files (1 .yaml, 1 .jsonl), such as bird/config.yaml, own outputs left out: 3 (cat/old/, failed/, runs/run/)',
  );

  // The folder of the images may be that of the run: then its files go, and the classes stay.
  for (const name of readdirSync(run)) cpSync(join(run, name), join(images, name), { recursive: true });
  expect(await describe(images)).toContain('class folders: 49 images in 3 classes');
});

test('a preview beside class folders, under any name, leaves the labels', async () => {
  const images = join(await withImages(), 'images');
  for (const output of ['preview.png', 'byol.png']) {
    const made = await clData(['preview', '.', '--images', '1', '--set', 'views.size=16', '--output', output], images);
    expect(made.code).toBe(0);
    expect(made.stderr).toContain(`warning: the picture ${output} lies inside the images`);
  }
  expect(await describe(images)).toBe(
    'class folders: 48 images in 2 classes, no test images, own outputs left out: 2 (byol.png, preview.png)',
  );
  // Another picture of the name is an image.
  copyFileSync(join(images, 'cat', '1.png'), join(images, 'cat', 'preview.png'));
  expect(await describe(images)).toContain('class folders: 49 images');
  // What is damaged behind its beginning is still known by it.
  appendFileSync(join(images, 'byol.png'), readFileSync(join(images, 'cat', '1.png')));
  expect(await describe(images)).toContain('class folders: 49 images');
});
