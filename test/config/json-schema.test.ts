import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { RunSchema } from '../../src/config/schema/run.ts';
import { allPaths } from '../../src/config/schema-walk.ts';

interface Node {
  description?: string;
  properties?: Record<string, Node>;
  anyOf?: Node[];
  oneOf?: Node[];
}

/** The paths of every property, with its description. */
function properties(node: Node, prefix: string[] = []): [string, string | undefined][] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, child]): [string, string | undefined][] => [
    [[...prefix, key].join('.'), child.description],
    ...properties(child, [...prefix, key]),
  ]);
  return [...own, ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap((option) => properties(option, prefix))];
}

test('configs/schema.json is the generated schema (cl-train --print-schema > configs/schema.json)', () => {
  const committed = readFileSync(new URL('../../configs/schema.json', import.meta.url), 'utf8');
  expect(committed).toBe(configJsonSchema());
});

test('every setting of the zod schema is in the JSON Schema, with a description', () => {
  const found = properties(JSON.parse(configJsonSchema()) as Node);
  const isAnotherView = (path: string) => /^views\.(second|small)\.\w+$/.test(path);
  expect(found.filter(([path, text]) => !isAnotherView(path) && !text).map(([path]) => path)).toEqual([]);
  const paths = new Set(allPaths(RunSchema).map((path) => path.join('.')));
  expect(new Set(found.map(([path]) => path))).toEqual(paths);
  expect(paths.size).toBeGreaterThan(90);
});
