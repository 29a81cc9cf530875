import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, it } from 'vitest';
import { ownFiles, ROOT } from '../source-files.ts';
import { type Link, readAnchors, readCodeLines, readCodeSpans, readLinks } from './markdown.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Links of a page that stay within the repository, with the path from the root that they lead to. */
function ownLinks(page: string): (Link & { readonly path: string; readonly anchor: string | undefined })[] {
  return readLinks(read(page)).flatMap((link) => {
    if (/^[a-z][a-z+.-]*:/i.test(link.target)) return [];
    const [target = '', anchor] = link.target.split('#');
    const path = target === '' ? page : posix.join(posix.dirname(page), decodeURI(target)).replace(/\/$/, '');
    return [{ ...link, path, anchor }];
  });
}

/** Whether a path is one of the files, or a folder of some. */
function isAmong(files: readonly string[], path: string): boolean {
  return files.some((file) => file === path || file.startsWith(`${path}/`));
}

/** What is wrong with a link: its file or folder is missing, or its heading. */
function problemOf(
  files: readonly string[],
  { path, anchor }: ReturnType<typeof ownLinks>[number],
): string | undefined {
  if (!isAmong(files, path)) return 'leads to no file of the repository';
  if (anchor === undefined) return undefined;
  if (!path.endsWith('.md')) return 'has an anchor in a file without headings';
  return readAnchors(read(path)).includes(anchor) ? undefined : 'leads to no heading';
}

it('finds links and headings as GitHub does', () => {
  const page = `# What, *why*: \`cl-data\` & 2 more
[a](b.md#c "title") [![picture](d.png)](e.md) \`[no](code.md)\`, [over
two](f.md) <img src="g.svg"> <a href="#h">x</a>

    [indented](code.md)

[ref]: i.md
# Twice
## Twice`;
  expect(readLinks(page)).toEqual([
    { line: 2, target: 'b.md#c' },
    { line: 2, target: 'd.png' },
    { line: 2, target: 'e.md' },
    { line: 3, target: 'f.md' },
    { line: 3, target: 'g.svg' },
    { line: 3, target: '#h' },
    { line: 7, target: 'i.md' },
  ]);
  expect(readAnchors(page)).toEqual(['what-why-cl-data--2-more', 'twice', 'twice-1']);
});

it('links of all pages lead to files and headings that exist', (test) => {
  const files = ownFiles();
  if (files === undefined) return test.skip('not a git checkout');
  const pages = files.filter((path) => path.endsWith('.md'));
  const broken = pages.flatMap((page) =>
    ownLinks(page).flatMap((link) => {
      const problem = problemOf(files, link);
      return problem === undefined ? [] : [`${page}:${link.line} ${link.target} ${problem}`];
    }),
  );
  expect(pages.flatMap(ownLinks).length).toBeGreaterThan(50);
  expect(broken).toEqual([]);
});

/** The page whose paths begin below src/, where it says so little else. */
const BELOW_SRC = 'docs/architecture.md';
const LAYERS = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

/** The files and folders that may be meant by a word of code; NAME and other capitals stand for any name. */
function meantPaths(page: string, word: string): string[] {
  const path = /^['"(]?([a-z][\w.-]*(?:\/[\w.-]+)*\/?)['",;:)]*$/.exec(word)?.[1]?.replace(/\/$/, '') ?? '';
  if (!word.includes('/') || /\b[A-Z]{4,}/.test(path)) return [];
  const [first = ''] = path.split('/');
  if (first === 'test' && path.endsWith('.jpg')) return []; // an image of a data set's test split
  if (['src', 'test', 'setup', 'configs', 'assembly'].includes(first)) return [path];
  if (['bench', 'docs'].includes(first) && !path.endsWith('.py')) return [path];
  return page === BELOW_SRC && LAYERS.includes(first) ? [`src/${path}`] : [];
}

/** The words of a page's code, spans and blocks, that are paths of the repository as they look. */
function namedPaths(path: string, page: string): { readonly place: string; readonly path: string }[] {
  return [...readCodeSpans(page), ...readCodeLines(page)].flatMap(({ line, text }) =>
    text
      .split(/\s+/)
      .flatMap((word) => meantPaths(path, word).map((meant) => ({ place: `${path}:${line} ${word}`, path: meant }))),
  );
}

it('finds paths in code spans, in the arguments of commands, and in blocks', () => {
  const page = `\`src/a.ts\`, \`src/run/b/\`, \`npx vitest run test/c
test/d.test.ts -u\`, \`src/NAME.ts\`, \`a/b\`, \`views/\`, \`test/cat/1.jpg\`

    node bench/e.ts --to 'configs/f.yaml' > docs/h.json # setup/g.mjs

\`\`\`ts
// src/the-block-itself.ts
import { x } from '../src/i.ts';
\`\`\``;
  expect(namedPaths('a.md', page).map(({ path }) => path)).toEqual([
    ...['src/a.ts', 'src/run/b', 'test/c', 'test/d.test.ts'],
    ...['bench/e.ts', 'configs/f.yaml', 'docs/h.json', 'setup/g.mjs'],
  ]);
});

it('files and folders that pages name exist', (test) => {
  const files = ownFiles();
  if (files === undefined) return test.skip('not a git checkout');
  const named = files.filter((path) => path.endsWith('.md')).flatMap((page) => namedPaths(page, read(page)));
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter(({ path }) => !isAmong(files, path)).map(({ place }) => place)).toEqual([]);
});

it('every preset has a row in configs/README.md, and the README counts them', () => {
  const presets = readdirSync(join(ROOT, 'configs')).filter((name) => name.endsWith('.yaml'));
  const listed = ownLinks('configs/README.md').filter(({ target }) => target.endsWith('.yaml'));
  expect(listed.map(({ target }) => target).sort()).toEqual(presets.sort());
  expect(read('README.md')).toContain(`[${presets.length} experiments](configs/README.md)`);
});

it('the packed package holds what its pages lead to, the README first of all', () => {
  const [{ files }] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT, encoding: 'utf8' }),
  ) as [{ files: { path: string }[] }];
  const packed = files.map(({ path }) => path);
  expect(packed).toContain('README.md');
  const missing = packed
    .filter((path) => path.endsWith('.md'))
    .flatMap((page) =>
      ownLinks(page)
        .filter(({ path }) => !isAmong(packed, path))
        .map(({ line, target }) => `${page}:${line} ${target} is not packed`),
    );
  expect(missing).toEqual([]);
});
