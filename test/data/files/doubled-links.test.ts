import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { tempFolder } from '../temp-files.ts';
import { fixture } from '../torture.ts';

/** Folders beside each other, each of which holds two links to the next one; the last one holds an image. */
function linkedFolders(depth: number): string {
  const where = tempFolder();
  for (let i = 0; i <= depth; i++) mkdirSync(join(where, `f${i}`));
  for (let i = 0; i < depth; i++) {
    for (const name of ['a', 'b']) symlinkSync(`../f${i + 1}`, join(where, `f${i}`, name));
  }
  writeFileSync(join(where, `f${depth}`, 'x.png'), fixture('rgb.png'));
  return where;
}

it('follows links that lead to a folder in several ways, and refuses those that double without end', async () => {
  // One in the folder itself, and 2 + 4 + 8 by links.
  expect((await openForTest(linkedFolders(3))).train.count).toBe(15);
  expect(await problemOf(linkedFolders(30))).toMatch(
    /^expected at most 64 ways by links to one folder, got more: PATH\/f\d+ \(in PATH\) \| Remove links .*: find PATH -type l$/,
  );
});
