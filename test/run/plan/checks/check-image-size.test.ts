import { expect, test } from 'vitest';
import { readTypicalSide } from '../../../../src/data/loading/storage.ts';
import { imageSizeWarnings } from '../../../../src/run/plan/checks/check-image-size.ts';
import { openForTest, sourceFixture } from '../../../data/fixture-sources.ts';

test.each([
  [375, 32, /^views\.size: 32 pixels show little of images of 375 .*simclr-imagenet100$/],
  [97, 32, /^views\.size: 32 pixels show little/],
  [32, 224, /^views\.size: 224 pixels are blown up from images of 32 /],
  [32, 97, /^views\.size: 97 pixels are blown up/],
])('images of %i and views of %i pixels are told', (side, size, message) => {
  expect(imageSizeWarnings(side, size)).toEqual([expect.stringMatching(message)]);
});

test.each([
  [500, 224],
  [96, 32],
  [32, 96],
  [32, 32],
])('images of %i and views of %i pixels go together', (side, size) => {
  expect(imageSizeWarnings(side, size)).toEqual([]);
});

test('nothing is said of images of which no size is known', () => {
  expect(imageSizeWarnings(undefined, 32)).toEqual([]);
});

test('the typical side is the shorter one, of images that can be read', async () => {
  const { train } = await openForTest(sourceFixture('files.tar'));
  expect(await readTypicalSide(train)).toBe(32);
  const broken = async (): Promise<Uint8Array> => Buffer.from('no image');
  expect(await readTypicalSide({ ...train, read: broken })).toBeUndefined();
});
