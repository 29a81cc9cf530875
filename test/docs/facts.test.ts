import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../source-files.ts';

const PAGE = readFileSync(join(ROOT, 'docs/facts.md'), 'utf8');

interface Fact {
  readonly number: number;
  /** What stands between the heading and the files. */
  readonly text: string;
  readonly sources: readonly string[];
  /** Test files, each with the names of its tests or the beginnings of them. */
  readonly tests: readonly (readonly [file: string, names: readonly string[]])[];
}

const SECTION = /^(\d+)\. [^\n]+\n\n([\s\S]+?)\n\nDecided in ([\s\S]+?)\.\nFails when broken:\n\n([\s\S]+)$/;

/** A list of tests: a line for each file, and below it one for each of its tests. */
function testsOf(list: string): [string, string[]][] {
  const tests: [string, string[]][] = [];
  for (const line of list.trimEnd().split('\n')) {
    const file = /^- `(.+)`$/.exec(line)?.[1];
    const name = /^ {2}- (.+)$/.exec(line)?.[1];
    if (file !== undefined) tests.push([file, []]);
    else if (name !== undefined) tests.at(-1)?.[1].push(name);
    else throw new Error(`Expected a file or a test in docs/facts.md, got: ${line}`);
  }
  return tests;
}

/** The headings of the page's facts, each with what follows up to the next heading. */
const SECTIONS = PAGE.split(/^##+ /m).filter((section) => /^\d/.test(section));

const FACTS: readonly Fact[] = SECTIONS.map((section) => {
  const [, number, text = '', sources = '', tests = ''] = SECTION.exec(section) ?? [];
  if (number === undefined) throw new Error(`Expected text, sources and tests in docs/facts.md below: ${section}`);
  return {
    number: Number(number),
    text,
    sources: [...sources.matchAll(/`(.+?)`/g)].map(([, path]) => path ?? ''),
    tests: testsOf(tests),
  };
});

describe('docs/facts.md', () => {
  it('has all thirty facts, in order', () => {
    expect(FACTS.map(({ number }) => number)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  });

  it.each(FACTS)('names files and tests that exist: fact $number', ({ text, sources, tests }) => {
    expect(text.length).toBeGreaterThan(30);
    expect(sources.length).toBeGreaterThan(0);
    for (const path of sources) expect(existsSync(join(ROOT, path)), path).toBe(true);
    expect(tests.length).toBeGreaterThan(0);
    for (const [file, names] of tests) {
      expect(names.length, file).toBeGreaterThan(0);
      const titles = readFileSync(join(ROOT, file), 'utf8');
      for (const name of names) {
        expect(name.length, name).toBeGreaterThan(10);
        expect(titles.includes(name), `${file}: ${name}`).toBe(true);
      }
    }
  });
});
