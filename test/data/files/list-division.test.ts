import { expect, it } from 'vitest';
import { openJsonLines } from '../../../src/data/files/json-lines.ts';
import { columnsOfSplits } from '../../../src/data/files/list-division.ts';

it('reads a list a few times for all columns that may hold splits, however many there are', async () => {
  const keys = Array.from({ length: 10_000 }, (_, i) => `k${i}`);
  const line = (part: string) =>
    JSON.stringify({ path: 'a.jpg', ...Object.fromEntries(keys.map((key) => [key, 1])), part });
  let reads = 0;
  const text = `${line('train')}\n${line('test')}\n`;
  const content = {
    head: text,
    async *pieces() {
      reads++;
      yield text;
    },
  };
  const table = await openJsonLines(content, 'list.jsonl', []);
  const columns = { path: 'path', label: undefined, split: undefined, flags: [], maybeSplits: [] };
  const found = await columnsOfSplits(table, { ...columns, others: [...keys, 'part'] });
  expect(found).toEqual(['part']);
  expect(reads).toBeLessThan(6);
});
