import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseYaml, readYaml } from '../../src/config/yaml-file.ts';
import { folderOf, messageOf } from './problems.ts';

const parse = (text: string) => messageOf(() => parseYaml(text, 'run.yaml'));

test('keys, values and missing parts have positions', () => {
  const file = parseYaml('# head\na: 1\nb:\n  c: [1, 20]\n  "d e": x\n', 'run.yaml');
  expect(file.position(['a'], 'key')).toEqual({ line: 2, column: 1 });
  expect(file.position(['a'], 'value')).toEqual({ line: 2, column: 4 });
  expect(file.position(['b', 'c', 1], 'value')).toEqual({ line: 4, column: 10 });
  expect(file.position(['b', 'd e'], 'value')).toEqual({ line: 5, column: 10 });
  expect(file.position(['b', 'missing', 'deeper'], 'value')).toEqual({ line: 3, column: 1 });
  expect(file.position(['missing'], 'value')).toEqual({ line: 1, column: 1 });
});

test('what is no mapping of settings is refused', () => {
  expect(parse('')).toMatchInlineSnapshot(`
    "exit 2: run.yaml: expected settings, got an empty file
    hint: start from one of the files in configs/"
  `);
  expect(parse('# only a comment\n')).toMatchInlineSnapshot(`
    "exit 2: run.yaml: expected settings, got an empty file
    hint: start from one of the files in configs/"
  `);
  expect(parse('- a\n')).toMatchInlineSnapshot(`"exit 2: run.yaml:1:1 expected a mapping of settings, got a list"`);
  expect(parse('text')).toMatchInlineSnapshot(`"exit 2: run.yaml:1:1 expected a mapping of settings, got one value"`);
});

test('syntax errors have line and column', () => {
  expect(parse('a: 1\nb: [1\n')).toMatchInlineSnapshot(`
    "exit 2: run.yaml:3:1 Flow sequence in block collection must be sufficiently indented and end with a ]
    hint: the file must be valid YAML: indent with spaces, quote text with special characters"
  `);
  expect(parse('a: 1\n\tb: 1\n')).toMatchInlineSnapshot(`
    "exit 2: run.yaml:2:1 Tabs are not allowed as indentation
    hint: the file must be valid YAML: indent with spaces, quote text with special characters"
  `);
  expect(parse('a: 1\nb: 2\na: 3\n')).toMatchInlineSnapshot(`
    "exit 2: run.yaml:3:1 expected each key once, got one again
    hint: the file must be valid YAML: indent with spaces, quote text with special characters"
  `);
  expect(parse('a: 1\n---\na: 2\n')).toMatchInlineSnapshot(`
    "exit 2: run.yaml:2:1 expected one document, got several: a line \`---\` starts another
    hint: the file must be valid YAML: indent with spaces, quote text with special characters"
  `);
  expect(parse('? [a]\n: 1\n')).toMatchInlineSnapshot(`
    "exit 2: run.yaml:1:3 With stringKeys, all keys must be strings
    hint: the file must be valid YAML: indent with spaces, quote text with special characters"
  `);
});

test('tags that would build objects are refused', () => {
  expect(parse('a: !!js/function "function () {}"\n')).toMatchInlineSnapshot(`
    "exit 2: run.yaml:1:4 expected plain YAML, got a tag (Unresolved tag: tag:yaml.org,2002:js/function)
    hint: the file must be valid YAML: indent with spaces, quote text with special characters"
  `);
  expect(parse('a: !!python/object/apply:os.system ["true"]\n')).toMatchInlineSnapshot(`
    "exit 2: run.yaml:1:4 expected plain YAML, got a tag (Unresolved tag: tag:yaml.org,2002:python/object/apply:os.system)
    hint: the file must be valid YAML: indent with spaces, quote text with special characters"
  `);
});

test('aliases work, but can neither multiply nor turn in circles', () => {
  expect(parseYaml('a: &a {x: 1}\nb: *a\n', 'run.yaml').value).toEqual({ a: { x: 1 }, b: { x: 1 } });
  const bomb = Array.from('bcdefghij', (key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdefghij'[i]}`)}]`);
  expect(parse(['a: &a [1]', ...bomb].join('\n'))).toMatchInlineSnapshot(
    `"exit 2: run.yaml: expected at most 50 uses of aliases, all defined before, got more"`,
  );
  expect(parse('a: &a {b: *a}\n')).toMatchInlineSnapshot(
    `"exit 2: run.yaml: expected at most 20 levels of nesting, got more"`,
  );
  expect(parse('a: &a [*a, *a, *a, *a]\n')).toMatchInlineSnapshot(
    `"exit 2: run.yaml: expected at most 20 levels of nesting, got more"`,
  );
});

test('deep nesting and large files are refused before they cost memory', () => {
  expect(parse(`a: ${'['.repeat(30)}${']'.repeat(30)}`)).toMatchInlineSnapshot(
    `"exit 2: run.yaml: expected at most 20 levels of nesting, got more"`,
  );
  expect(parse(`a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`)).toContain('nested too deeply');
  const folder = folderOf({ 'run.yaml': `# ${'x'.repeat(150_000)}` });
  expect(messageOf(() => readYaml(join(folder, 'run.yaml')))).toMatchInlineSnapshot(
    `"exit 2: run.yaml: expected a configuration of at most 100 kB, got 150 kB"`,
  );
});
