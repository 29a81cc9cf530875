import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { ROOT } from '../source-files.ts';

/** The mistakes that the compiler finds in a file that isn't there, with this text. */
function typeErrors(path: string, text: string): string[] {
  const file = join(ROOT, path);
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [path], include: [] }, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, target, ...rest) =>
    name === file ? ts.createSourceFile(name, text, target, true) : getSourceFile(name, target, ...rest);
  const program = ts.createProgram([file], { ...options, noEmit: true }, host);
  const source = program.getSourceFile(file);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    ({ start = 0, messageText }) =>
      `line ${text.slice(0, start).split('\n').length}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
  );
}

it('finds mistakes', () => {
  expect(typeErrors('src/methods/wrong.ts', "\nexport const count: number = 'one';")).toEqual([
    "line 2: Type 'string' is not assignable to type 'number'.",
  ]);
});

it('the method that CONTRIBUTING.md shows compiles as the file that it names', () => {
  const page = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
  const [, path = '', text = ''] = /```ts\n\/\/ (src\/methods\/\w+\.ts)\n([\s\S]+?)```/.exec(page) ?? [];
  expect(text).toContain('export function');
  expect(existsSync(join(ROOT, path)), `${path} is not taken`).toBe(false);
  expect(typeErrors(path, text)).toEqual([]);
});
