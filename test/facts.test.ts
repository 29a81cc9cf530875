import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './source-files.ts';

const PAGE = readFileSync(join(ROOT, 'docs/facts.md'), 'utf8');

interface Fact {
  readonly number: number;
  readonly sources: readonly string[];
  /** Test files, each with the names of its tests or the beginnings of them. */
  readonly tests: readonly (readonly [file: string, name: string])[];
}

/** A cell's tests: `file`: name; name; `file`: name. */
function testsOf(cell: string): [string, string][] {
  let file = '';
  return cell.split('; ').map((part) => {
    const named = /^`(.+?)`: (.+)$/.exec(part);
    file = named?.[1] ?? file;
    return [file, (named?.[2] ?? part).trim()];
  });
}

const FACTS: readonly Fact[] = PAGE.split('\n').flatMap((line) => {
  const [fact = '', sources = '', tests = ''] = line.split(' | ');
  const number = /^\| (\d+)\. /.exec(fact)?.[1];
  if (number === undefined) return [];
  return [
    {
      number: Number(number),
      sources: [...sources.matchAll(/`(.+?)`/g)].map(([, path]) => path ?? ''),
      tests: testsOf(tests.replace(/ \|$/, '')),
    },
  ];
});

describe('docs/facts.md', () => {
  it('has all thirty facts, in order', () => {
    expect(FACTS.map(({ number }) => number)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  });

  it.each(FACTS)('names files and tests that exist: fact $number', ({ sources, tests }) => {
    expect(sources.length).toBeGreaterThan(0);
    for (const path of sources) expect(existsSync(join(ROOT, path)), path).toBe(true);
    for (const [file, name] of tests) {
      expect(name.length, name).toBeGreaterThan(10);
      const titles = readFileSync(join(ROOT, file), 'utf8');
      expect(titles.includes(name), `${file}: ${name}`).toBe(true);
    }
  });
});
