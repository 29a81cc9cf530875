import { expect, test } from 'vitest';
import { describeSource } from '../../../src/data/sources/describe-source.ts';

const describe = (count: number, classes: readonly string[], size?: { height: number; width: number }): string =>
  describeSource({
    kind: 'list',
    count,
    size,
    labels: classes.length === 0 ? undefined : new Int32Array(count),
    classes,
    name: String,
    origin: String,
    read: async () => new Uint8Array(),
  });

test('images and classes are counted with their nouns', () => {
  expect(describe(1, [])).toBe('images without labels (list): 1 image');
  expect(describe(1, ['cat'])).toBe('list: 1 image in 1 class');
  expect(describe(1200, ['cat', 'dog'], { height: 2, width: 3 })).toBe('list: 1,200 images of 3 x 2 in 2 classes');
});
