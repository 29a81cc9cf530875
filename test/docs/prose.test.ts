import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ownFiles, ROOT } from '../source-files.ts';
import { readLines } from './markdown.ts';

/** Columns of a line of prose: as wide as the code. */
const WIDTH = 120;
const README_LINES = 110;

/** Sources whose comments are prose, too, with the marks that a comment line begins with. */
const COMMENTED: readonly (readonly [path: RegExp, comment: RegExp])[] = [
  [/^configs\/.+\.yaml$/, /#/],
  [/^(?:bench|setup|src|test)\/.+\.(?:ts|mjs)$/, /^\s*(?:\/\/|\/?\*)/],
];

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const isLong = ({ text }: { readonly text: string }): boolean => [...text].length > WIDTH;
const place = (path: string, { number, text }: { readonly number: number; readonly text: string }): string =>
  `${path}:${number} ${[...text].length} columns`;

it('tells prose from tables, code and addresses', () => {
  const page = `Text, then code:

    indented
- item

    still the item
\`\`\`sh
fenced
\`\`\`
| a | b |
[name]: https://x.org/y
<https://x.org>
Text <https://x.org>`;
  expect(readLines(page).map(({ kind }) => kind)).toEqual([
    ...['prose', 'prose', 'code', 'prose', 'prose', 'prose', 'code', 'code', 'code'],
    ...['table', 'address', 'address', 'prose'],
  ]);
});

it('prose is wrapped', (test) => {
  const files = ownFiles();
  if (files === undefined) return test.skip('not a git checkout');
  const pages = files.filter((path) => path.endsWith('.md'));
  expect(pages).toContain('README.md');
  const long = pages.flatMap((path) =>
    readLines(read(path))
      .filter((line) => line.kind === 'prose' && isLong(line))
      .map((line) => place(path, line)),
  );
  expect(long).toEqual([]);
});

it('comments are wrapped', (test) => {
  const files = ownFiles();
  if (files === undefined) return test.skip('not a git checkout');
  const long = COMMENTED.flatMap(([paths, comment]) =>
    files
      .filter((path) => paths.test(path))
      .flatMap((path) =>
        read(path)
          .split('\n')
          .map((text, i) => ({ number: i + 1, text }))
          .filter((line) => comment.test(line.text) && isLong(line))
          .map((line) => place(path, line)),
      ),
  );
  expect(long).toEqual([]);
});

it('the README is short, and shows its commands before any table', () => {
  const lines = readLines(read('README.md').trimEnd());
  expect(lines.length).toBeLessThanOrEqual(README_LINES);
  const at = (test: (line: (typeof lines)[number]) => boolean): number => lines.findIndex(test);
  const firstTable = at(({ kind }) => kind === 'table');
  for (const command of ['npm start', 'npm test', 'cl-train simclr-imagenet100 FOLDER']) {
    const shown = at(({ kind, text }) => kind === 'code' && text.trim().startsWith(command));
    expect(shown, command).toBeGreaterThan(-1);
    expect(firstTable === -1 || shown < firstTable, `${command} before the first table`).toBe(true);
  }
});
