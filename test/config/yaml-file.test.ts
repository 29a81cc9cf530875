import { writeFileSync } from 'node:fs';
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
    hint: start from a preset: cl-train --list shows all"
  `);
  expect(parse('# only a comment\n')).toMatchInlineSnapshot(`
    "exit 2: run.yaml: expected settings, got an empty file
    hint: start from a preset: cl-train --list shows all"
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
    `"exit 2: run.yaml:10:32 expected at most 50 uses of aliases, with those inside, got more"`,
  );
  expect(parse('a: &a {b: *a}\n')).toMatchInlineSnapshot(`
    "exit 2: run.yaml:1:11 expected an alias of what stands before, got *a inside of its own &a
    hint: write out what *a is to stand for"
  `);
  expect(parse('a: 1\nb: &b\n  - {c: 1}\n  - *b\n')).toContain('run.yaml:4:5 expected an alias of what stands before');
  expect(parse('a: &a [*a, *a, *a, *a]\n')).toContain('run.yaml:1:8 expected an alias of what stands before');
  expect(parse('a: *b\nb: &b 1\n')).toMatchInlineSnapshot(`
    "exit 2: run.yaml:1:4 expected an anchor &b before its alias *b, got none
    hint: quote text that begins with a star: "*b""
  `);
});

test('deep nesting and large files are refused before they cost memory', () => {
  expect(parse(`a: ${'['.repeat(30)}${']'.repeat(30)}`)).toMatchInlineSnapshot(
    `"exit 2: run.yaml:1:23 expected at most 20 levels of nesting, got more"`,
  );
  expect(parse(`a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`)).toContain('nested too deeply');
  const folder = folderOf({ 'run.yaml': `# ${'x'.repeat(150_000)}` });
  expect(messageOf(() => readYaml(join(folder, 'run.yaml')))).toMatchInlineSnapshot(
    `"exit 2: run.yaml: expected a configuration of at most 100 kB, got 150 kB"`,
  );
});

test('merge keys fill in what a mapping lacks, and keep the places of what they bring', () => {
  const file = parseYaml(
    [
      'x-base: &base {epochs: 1, warmup: {epochs: 2}}',
      'x-more: &more',
      '  batchSize: 8',
      '  epochs: 9',
      'schedule:',
      '  <<: *base',
      '  epochs: 3',
      'probe:',
      '  <<: [*more, *base]',
      'alias: *more',
    ].join('\n'),
    'run.yaml',
  );
  expect(file.value).toEqual({
    schedule: { epochs: 3, warmup: { epochs: 2 } },
    probe: { batchSize: 8, epochs: 9, warmup: { epochs: 2 } },
    alias: { batchSize: 8, epochs: 9 },
  });
  expect(file.position(['schedule', 'epochs'], 'value')).toEqual({ line: 7, column: 11 });
  expect(file.position(['schedule', 'warmup', 'epochs'], 'value')).toEqual({ line: 1, column: 44 });
  expect(file.position(['probe', 'epochs'], 'key')).toEqual({ line: 4, column: 3 });
  expect(file.position(['alias', 'batchSize'], 'value')).toEqual({ line: 3, column: 14 });
});

test('merge keys of anything but mappings, or in circles, are refused', () => {
  expect(parse('a: 1\ns:\n  <<: 5\n')).toMatchInlineSnapshot(
    `"exit 2: run.yaml:3:3 expected a mapping or a list of mappings to merge (<<), written before, got another value"`,
  );
  expect(parse('s: {<<: [1]}\n')).toContain('run.yaml:1:5 expected a mapping or a list of mappings to merge');
  expect(parse('s: &s\n  <<: *s\n')).toContain('run.yaml:2:7 expected an alias of what stands before, got *s inside');
  expect(parse('s: {<<: *nowhere}\n')).toContain('run.yaml:1:5 expected a mapping');
  const bomb = Array.from('bcdefghij', (key, i) => `${key}: &${key} {<<: [${Array(9).fill(`*${'abcdefghij'[i]}`)}]}`);
  expect(parse(['a: &a {x: 1}', ...bomb].join('\n'))).toContain('expected at most 50 uses of aliases');
});

test('lines may end by a carriage return alone, as those of old Macintoshes', () => {
  const file = parseYaml('# head\ra: 1\rb:\r  c: "x"\r', 'run.yaml');
  expect(file.value).toEqual({ a: 1, b: { c: 'x' } });
  expect(file.position(['b', 'c'], 'value')).toEqual({ line: 4, column: 6 });
  expect(parse('a: 1\rb: [1\r')).toContain('run.yaml:3:1 Flow sequence');
  expect(parse('a: 1\r\nb: 2\ra: 3\n')).toContain('run.yaml:3:1 expected each key once');
});

test('a file that is not UTF-8 is refused with its line, and UTF-16 is read', () => {
  const folder = folderOf({});
  const path = join(folder, 'run.yaml');
  writeFileSync(path, Buffer.from('data:\n  path: Fotos/Größe\n', 'latin1'));
  expect(messageOf(() => readYaml(path))).toMatchInlineSnapshot(`
    "exit 2: expected UTF-8 text, got another encoding, most likely Windows-1252, in line 2, column 17 of run.yaml: "path: Fotos/Größe"
    hint: Convert it, and use the new file in its place: iconv -f WINDOWS-1252 -t UTF-8 run.yaml > run.utf8.yaml"
  `);
  writeFileSync(path, Buffer.from('\ufeffdata: {path: Größe}\n', 'utf16le'));
  expect(readYaml(path).value).toEqual({ data: { path: 'Größe' } });
});
