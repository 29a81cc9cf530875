import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openData } from '../../../src/run/export/open-data.ts';
import { chooseVerificationImages } from '../../../src/run/export/verification-images.ts';
import { openSplits } from '../../../src/run/images/open-splits.ts';
import { load } from '../../config/problems.ts';
import { folderOf, patternPng } from '../../data/temp-files.ts';

const settings = (path: string, ...sets: string[]) =>
  load(`data: {path: ${path}}\nmethod: {name: simclr}\n`, ...sets).data;

/** Images of training and test, in two places. */
async function places() {
  const folder = folderOf({
    'train/cat/0.png': await patternPng(8, 8, 0),
    'train/dog/1.png': await patternPng(8, 8, 1),
    'test/cat/2.png': await patternPng(8, 8, 2),
    'test/dog/3.png': await patternPng(8, 8, 3),
  });
  const [train, test] = [join(folder, 'train'), join(folder, 'test')];
  return { train, test, away: join(folder, 'away'), data: settings(train, `data.test=${test}`) };
}

test('what embeds or packs images waits for a disk that comes back, also for that of test images', async () => {
  const { train, test: tested, away, data } = await places();
  const images = await openSplits(data, undefined, new AbortController().signal);
  const said: string[] = [];
  for (const [i, place] of [train, tested].entries()) {
    renameSync(place, away);
    // An empty mount point is left of one of them.
    if (i === 1) mkdirSync(place);
    images.tellOutages((message) => {
      said.push(message.replace(/, after .*/, ''));
      if (said.length % 2 === 0) return;
      rmSync(place, { recursive: true, force: true });
      renameSync(away, place);
    });
    await images.splits[i]?.source.read(0);
  }
  expect(said).toEqual(
    [train, tested].flatMap((place) => [
      `images can't be read for now (nothing at ${place}): trying again for up to 10 minutes`,
      'images can be read again',
    ]),
  );
  await images.close();
});

test('an export waits for the images that it is verified on, until it is stopped', async () => {
  const { train, away, data } = await places();
  const stop = new AbortController();
  const said: string[] = [];
  const images = await openData(
    data,
    (message) => {
      said.push(message);
      if (said.length === 1) renameSync(away, join(train));
      else if (said.length === 3) stop.abort('SIGINT');
    },
    stop.signal,
  );
  const choose = () =>
    chooseVerificationImages(
      images && { train: images.train, test: undefined },
      { resize: 8, size: 8, interpolation: 'bilinear' },
      (message) => said.push(message),
    );
  renameSync(train, away);
  expect((await choose()).split).toBe('training');
  renameSync(train, away);
  expect(await choose().catch((reason: unknown) => reason)).toBe('SIGINT');
  expect(said.map((message) => message.replace(/ \(.*|, after.*/, ''))).toEqual([
    "images can't be read for now",
    'images can be read again',
    "images can't be read for now",
  ]);
  await images?.close();
});

test('without minutes to wait, images that are away fail at once', async () => {
  const { train, away, data } = await places();
  const images = await openSplits({ ...data, retryMinutes: 0 }, undefined);
  const said: string[] = [];
  images.tellOutages((message) => said.push(message));
  renameSync(train, away);
  await expect(images.splits[0]?.source.read(0)).rejects.toThrow();
  expect(said).toEqual([]);
  await images.close();
});
