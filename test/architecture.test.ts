import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  DOORS,
  EXIT,
  FORBIDDEN,
  HEAVY,
  LAYERS,
  LINES,
  ONLY,
  ROOMS,
  SHARED_TYPES,
  USERS,
  WHOLE_SETTINGS,
} from './architecture-rules.ts';
import {
  type Import,
  layerOf,
  ownFiles,
  parseSource,
  parseSources,
  ROOT,
  roomOf,
  type SourceFile,
} from './source-files.ts';

const sources = parseSources('src');

/** One line per breach, as file:line and what is wrong. */
function breaches(find: (file: SourceFile) => readonly (readonly [line: number, problem: string])[]): string[] {
  return sources.flatMap((file) => find(file).map(([line, problem]) => `${file.path}:${line} ${problem}`));
}

/** Which line of a table holds a name; -1 for none. */
function lineOf(table: readonly (readonly string[])[], name: string): number {
  return table.findIndex((line) => line.includes(name));
}

function layerProblem(from: string, { target, typeOnly }: Import): string | undefined {
  const to = layerOf(target);
  if (to === undefined) return `${from} imports ${target}: nothing imports the package's door`;
  if (to === from || (typeOnly && SHARED_TYPES.some((shared) => shared.test(target)))) return undefined;
  const users = USERS[to];
  if (users !== undefined)
    return users.includes(from) ? undefined : `${from} imports ${to}: only ${users.join(', ')} may`;
  if (!typeOnly && ONLY[from]?.includes(to) === false) return `${from} imports ${to}: it may import ${ONLY[from]} only`;
  if (lineOf(LAYERS, from) < lineOf(LAYERS, to) || ONLY[from]?.includes(to)) return undefined;
  return `${from} imports ${to}: imports point down`;
}

function roomProblem(layer: string, path: string, target: string): string | undefined {
  const rooms = ROOMS[layer];
  if (rooms === undefined || layerOf(target) !== layer) return undefined;
  const [from, to] = [roomOf(path, layer), roomOf(target, layer)];
  if (from === to || lineOf(rooms, from) < lineOf(rooms, to)) return undefined;
  return `${layer}/${from} imports ${layer}/${to}: imports point down the rooms`;
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Everything that can be reached from a file by its imports, the imports of those, and so on. */
function reachOf(from: string, imports: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>();
  const walk = (path: string): void => {
    for (const target of imports.get(path) ?? []) {
      if (reached.has(target)) continue;
      reached.add(target);
      walk(target);
    }
  };
  walk(from);
  return reached;
}

/** Groups of files that reach each other; a file alone where it imports itself. */
function circlesOf(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const reach = new Map([...imports.keys()].map((path) => [path, reachOf(path, imports)]));
  return [...reach].flatMap(([path, reached]) => {
    const members = [...reached].filter((other) => reach.get(other)?.has(path)).sort();
    return members[0] === path ? [members] : [];
  });
}

it('finds the sources and reads every kind of import', () => {
  expect(sources.length).toBeGreaterThan(50);
  const text = `import a, { b } from 'p';
import type { T } from './t.ts';
import { type RunConfig, type U } from '../u/u.ts';
export { v } from './v.ts';
const w = await import('@s/q/x.js'); let y: import('./y.ts').Y<any>;
// @ts-ignore
console.log(process.exit(1)); class A {} class B extends Error {} enum C {}
type D = { a?: 1; b?: 1 | undefined; c?: unknown };`;
  const file = parseSource('src/x/file.ts', text);
  const seen = file.imports.map((i) => [i.line, i.target, i.typeOnly, i.dynamic]);
  expect(seen).toEqual([
    [1, 'p', false, false],
    [2, 'src/x/t.ts', true, false],
    [3, 'src/u/u.ts', true, false],
    [4, 'src/x/v.ts', false, false],
    [5, '@s/q/x.js', false, true],
    [5, 'src/x/y.ts', true, false],
  ]);
  expect(file.marks.map(([line, what]) => `${line} ${what}`).sort()).toEqual([
    '3 RunConfig',
    '5 any',
    '6 @ts-ignore',
    '7 class extending Error',
    '7 class extending nothing',
    '7 console',
    '7 enum',
    '7 process.exit',
    '8 optional field without undefined',
  ]);
});

it('finds files that reach each other', () => {
  const imports = new Map([
    ['a', ['b', 'p']],
    ['b', ['c']],
    ['c', ['b', 'd']],
    ['d', ['d']],
    ['e', ['a']],
  ]);
  expect(circlesOf(imports)).toEqual([['b', 'c'], ['d']]);
});

it.each([
  ['run', 'src/train/loop.ts', false, true],
  ['train', 'src/run/plan/plan.ts', false, false],
  ['losses', 'src/optim/momentum.ts', false, false],
  ['losses', 'src/losses/l2-normalize.ts', false, true],
  ['nn', 'src/config/load.ts', false, false],
  ['nn', 'src/config/run-config.ts', true, true],
  ['run', 'src/config/load.ts', false, true],
  ['report', 'src/train/events.ts', true, true],
  ['report', 'src/train/events.ts', false, false],
  ['report', 'src/train/loop.ts', true, false],
  ['cli', 'src/setup/main.ts', false, true],
  ['run', 'src/setup/main.ts', false, false],
  ['setup', 'src/runtime/library.ts', false, false],
  ['setup', 'src/util/errors.ts', false, true],
  ['runtime', 'src/data/pixels/decode.ts', false, false],
  ['methods', 'src/index.ts', false, false],
])('knows whether %s may import %s (types only: %s)', (from, target, typeOnly, allowed) => {
  expect(layerProblem(from, { line: 1, target, typeOnly, dynamic: false }) === undefined).toBe(allowed);
});

it('places every folder of src in the table, with tests beside it', () => {
  const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const known = [...LAYERS.flat(), ...Object.keys(USERS)];
  expect(folders.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([]);
  const untested = [...new Set(sources.flatMap(({ path }) => layerOf(path) ?? []))].filter((name) => {
    const folder = join(ROOT, 'test', name);
    return (
      !existsSync(folder) || !readdirSync(folder, { recursive: true }).some((file) => String(file).endsWith('.test.ts'))
    );
  });
  expect(untested).toEqual([]);
});

it('imports point down the layers', () => {
  const found = breaches(({ path, imports }) => {
    const from = layerOf(path);
    const relative = imports.filter(({ target }) => target.startsWith('src/'));
    if (from === undefined)
      return relative.filter((i) => layerOf(i.target) === 'cli').map((i) => [i.line, 'exports cli']);
    return relative.flatMap((i) => {
      const problem = layerProblem(from, i);
      return problem === undefined ? [] : [[i.line, problem] as const];
    });
  });
  expect(found).toEqual([]);
});

it.each([
  ['src/data/formats/list.ts', 'src/data/files/paths.ts', true],
  ['src/data/files/paths.ts', 'src/data/formats/list.ts', false],
  ['src/data/pack/shard.ts', 'src/data/loading/sampler.ts', false],
  ['src/data/pack/shard.ts', 'src/data/pack/output.ts', true],
  ['src/data/files/paths.ts', 'src/data/nowhere.ts', false],
  ['src/data/files/paths.ts', 'src/util/errors.ts', true],
])('knows whether %s may import %s', (path, target, allowed) => {
  expect(roomProblem('data', path, target) === undefined).toBe(allowed);
});

it.each(Object.entries(ROOMS))('places all of %s in its rooms', (layer, rooms) => {
  expect(readdirSync(join(ROOT, 'src', layer)).sort()).toEqual(rooms.flat().sort());
});

it('imports point down the rooms of a layer, types included', () => {
  const found = breaches(({ path, imports }) =>
    imports.flatMap(({ line, target }) => {
      const problem = roomProblem(layerOf(path) ?? '', path, target);
      return problem === undefined ? [] : [[line, problem] as const];
    }),
  );
  expect(found).toEqual([]);
});

it('every package has its door', () => {
  const problemOf = (path: string, target: string): string | undefined => {
    if (target.startsWith('src/') || target.startsWith('node:')) return undefined;
    const doors = DOORS[packageOf(target)];
    if (doors === undefined) return `imports ${target}, which has no door`;
    return doors.includes(layerOf(path) ?? '') ? undefined : `imports ${target}: only ${doors.join(' and ')} may`;
  };
  const found = breaches(({ path, imports }) =>
    imports.flatMap(({ line, target }) => {
      const problem = problemOf(path, target);
      return problem === undefined ? [] : [[line, problem] as const];
    }),
  );
  expect(found).toEqual([]);
});

it('files do not know each other in a circle, types included', () => {
  const imports = new Map(sources.map((file) => [file.path, file.imports.map(({ target }) => target)]));
  expect(circlesOf(imports)).toEqual([]);
});

it('command-line programs start without the heavy packages', () => {
  const files = new Map(sources.map((file) => [file.path, file]));
  const found: string[] = [];
  const seen = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { target, typeOnly, dynamic, line } of files.get(path)?.imports ?? []) {
      if (typeOnly || dynamic) continue;
      if (HEAVY.includes(packageOf(target)))
        found.push(`${path}:${line} ${target}, by ${[...trail, path].join(' > ')}`);
      else walk(target, [...trail, path]);
    }
  };
  for (const path of files.keys()) if (layerOf(path) === 'cli') walk(path, []);
  expect(found).toEqual([]);
});

it('classes are for errors, whole settings for few, and the forbidden words do not occur', () => {
  const allowed = (path: string, what: string): boolean =>
    (what === 'process.exit' && path === EXIT) ||
    (what === 'RunConfig' && WHOLE_SETTINGS.some((place) => place.test(path))) ||
    /^class extending (?:Range|Type)?Error$/.test(what);
  expect(breaches(({ path, marks }) => marks.filter(([, what]) => !allowed(path, what)))).toEqual([]);
});

it('files are short', () => {
  const long = sources.filter(({ lines }) => lines > LINES.advised).map(({ path, lines }) => `${path}: ${lines} lines`);
  if (long.length > 0)
    process.stderr.write(`Longer than the advised ${LINES.advised} lines:\n  ${long.join('\n  ')}\n`);
  expect(breaches(({ lines }) => (lines > LINES.most ? [[lines, `more than ${LINES.most} lines`]] : []))).toEqual([]);
});

it('no file names a place of one machine or a registry', (test) => {
  const files = ownFiles();
  if (files === undefined) return test.skip('not a git checkout');
  const found: string[] = [];
  for (const path of files) {
    if (!statSync(join(ROOT, path)).isFile()) continue;
    const bytes = readFileSync(join(ROOT, path));
    if (bytes.includes(0)) continue; // not text
    for (const [i, line] of bytes.toString('utf8').split('\n').entries()) {
      for (const [pattern, except] of FORBIDDEN) {
        const hit = except.test(path) ? null : pattern.exec(line);
        if (hit !== null) found.push(`${path}:${i + 1} has ${hit[0]}`);
      }
    }
  }
  expect(found).toEqual([]);
});
