import { describe, expect, it } from 'vitest';
import { compareStrings, sortPaths } from '../../src/util/sort-paths.ts';

describe('order', () => {
  it('is that of code points, as in Python', () => {
    const sorted = ['B', 'a', '￰', '😀', 'ab', '', 'Z', 'é'].sort(compareStrings);
    expect(sorted).toEqual(['', 'B', 'Z', 'a', 'ab', 'é', '￰', '😀']);
  });

  it('is that of torchvision: class, then folder, then name', () => {
    expect(sortPaths(['a/z.jpg', 'a/b/a.jpg', 'a-b/a.jpg', 'a/b-c/a.jpg', 'a/10.jpg', 'a/9.jpg'])).toEqual([
      'a/10.jpg',
      'a/9.jpg',
      'a/z.jpg',
      'a/b/a.jpg',
      'a/b-c/a.jpg',
      'a-b/a.jpg',
    ]);
  });
});
