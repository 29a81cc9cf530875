import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { hashesOf } from './graph-bytes.ts';
import { TINY } from './tiny-encoders.ts';

it('gives equal bytes in every format, in this process and in another', async () => {
  const child = join(import.meta.dirname, 'graph-bytes-child.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', child]);
  const here = hashesOf();
  expect(Object.keys(here)).toHaveLength(4 * Object.keys(TINY).length);
  expect(hashesOf()).toEqual(here);
  expect(JSON.parse(stdout)).toEqual(here);
  expect(new Set(Object.values(here)).size).toBe(Object.keys(here).length);
});
