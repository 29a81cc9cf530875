import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePlayground, type } from './mistakes/playground.ts';

let folder = '';

beforeAll(() => {
  folder = makePlayground();
});

afterAll(() => rmSync(folder, { recursive: true }));

/** The warnings of a dry run, a line each. */
async function warnings(command: string): Promise<string[]> {
  const { code, stdout, stderr } = await type(command, folder, join(folder, 'programs'));
  expect(`${code} ${stderr}`).toMatch(/^0 /);
  const at = stdout.indexOf('\nwarnings ');
  if (at === -1) return [];
  return stdout
    .slice(at + 1)
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(15));
}

test('memory that there is not is warned of, with a batch that fits', async () => {
  const large = 'cl-train run.yaml --dry-run --set views.size=224 --set backbone={name:\\ resnet50,stem:\\ imagenet}';
  const limited = `ulimit -v 24000000; ${large}`;
  const [found = ''] = await warnings(`${limited} --batch-size 512`);
  const [, batch] =
    /^memory: about [\d.]+ GB asked .*, and there are [\d.]+ GB of addresses \(ulimit -v\): .*--batch-size (\d+) takes/.exec(
      found,
    ) ?? [];
  expect(found).toMatch(/--batch-size \d+/);
  expect((await warnings(`${limited} --batch-size ${batch}`)).filter((line) => line.startsWith('memory'))).toEqual([]);
});
