import { expect, it } from 'vitest';
import { commonFolder } from '../../src/util/common-folder.ts';

it.each([
  { paths: ['a/b/1.jpg', 'a/b/c/2.jpg'], folder: 'a/b/' },
  { paths: ['a/bc/1.jpg', 'a/bd/2.jpg'], folder: 'a/' },
  { paths: ['a/1.jpg'], folder: 'a/' },
  { paths: ['s3://bucket/a/1.jpg', 's3://bucket/b/2.jpg'], folder: 's3://bucket/' },
  { paths: ['/1.jpg', '/2.jpg'], folder: '/' },
  { paths: ['/1.jpg', '2.jpg'], folder: '' },
  { paths: ['1.jpg', 'a/2.jpg'], folder: '' },
  { paths: [], folder: '' },
])('is $folder for $paths', ({ paths, folder }) => {
  expect(commonFolder(paths)).toBe(folder);
});
