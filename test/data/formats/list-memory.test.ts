import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderOf } from '../temp-files.ts';
import { fixture } from '../torture.ts';

const ROWS = 400_000;

const splitOf = (i: number): string => (i % 10 === 3 ? 'test' : 'train');

const lines = (head: string, row: (i: number) => string): string =>
  `${head}${Array.from({ length: ROWS }, (_, i) => row(i)).join('\n')}\n`;

const LISTS = {
  'plain.csv': lines('path,label,split\n', (i) => `images/${i}.jpg,class ${i % 997},${splitOf(i)}`),
  'quoted.csv': lines('"path","label","split"\n', (i) => `"images/${i}.jpg","class ${i % 997}","${splitOf(i)}"`),
  // A quote inside a field is a character.
  'stray.tsv': lines('path\tlabel\tsplit\tnote\n', (i) => {
    return `images/${i}.jpg\tclass ${i % 997}\t${splitOf(i)}\t${i === 10 ? '5" disc' : 'nothing'}`;
  }),
  'boxes.jsonl': lines('', (i) => {
    return `{"path": "images/${i}.jpg", "label": "class ${i % 997}", "split": "${splitOf(i)}", "box": [${i}, 2, 3]}`;
  }),
};

it.each(Object.keys(LISTS) as (keyof typeof LISTS)[])('hundreds of thousands of rows of %s take little', (name) => {
  const folder = folderOf({ 'images/0.jpg': fixture('rgb-444.jpg'), [name]: LISTS[name] });
  const child = join(import.meta.dirname, 'list-memory-child.ts');
  const text = execFileSync(process.execPath, ['--import', 'tsx', child, join(folder, name)], { encoding: 'utf8' });
  const { opened, grown } = JSON.parse(text) as { opened: string; grown: number };
  expect(opened).toBe('list: 360,000 images in 997 classes, test 40,000');
  expect(grown).toBeLessThan(100e6);
});
