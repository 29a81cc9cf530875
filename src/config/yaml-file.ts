import { readFileSync, statSync } from 'node:fs';
import {
  type Document,
  isMap,
  isScalar,
  LineCounter,
  parseDocument,
  type YAMLParseError,
  type YAMLWarning,
} from 'yaml';
import { decodeText } from '../util/decode-text.ts';
import { UserError } from '../util/errors.ts';
import type { Path } from './path.ts';
import { anchoredKeys, findWrongAlias, lastAliasOffset, nodeOffset, wrongMerges } from './yaml-nodes.ts';

const LARGEST_BYTES = 100_000;
const DEEPEST = 20;
const MOST_ALIASES = 50;
const MOST_MESSAGES = 5;

/** A parsed YAML mapping that still knows where its keys and values stand. */
export interface YamlFile {
  readonly value: Record<string, unknown>;
  /** Where the key or the value at `path` stands; the nearest parent's key when the file has no such path. */
  position(path: Path, at: 'key' | 'value'): { line: number; column: number };
  /** Keys at the top whose values hold anchors, beside those named `x-...`. */
  readonly anchored: readonly string[];
}

function fail(message: string, hint?: string): never {
  throw new UserError(message, hint === undefined ? { exitCode: 2 } : { exitCode: 2, hint });
}

/** The parser's messages that speak to programmers, in words for users. */
function reword({ code, message }: YAMLParseError | YAMLWarning): string {
  if (code === 'DUPLICATE_KEY') return 'expected each key once, got one again';
  if (code === 'MULTIPLE_DOCS') return 'expected one document, got several: a line `---` starts another';
  if (code === 'TAG_RESOLVE_FAILED') return `expected plain YAML, got a tag (${message})`;
  return message.includes('call stack') ? 'nested too deeply' : message;
}

/** The way to what is nested too deeply, if anything is: whoever walks the settings would run out of stack. */
function findDeep(value: unknown, depth: number): Path | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === 0) return [];
  for (const [key, inner] of Object.entries(value)) {
    const path = findDeep(inner, depth - 1);
    if (path !== undefined) return [key, ...path];
  }
  return undefined;
}

/**
 * Reads a YAML mapping from text, with merge keys (`<<: *base`) resolved and without its parts named `x-...`; `name`
 * stands before the line and column in messages.
 *
 * @throws UserError on a syntax error, a duplicate key, several documents, an unknown tag, an alias that stands for
 * nothing or for what it is in, too many of them, a merge key of anything but mappings, nesting deeper than 20, or
 * anything but a mapping.
 */
export function parseYaml(text: string, name: string): YamlFile {
  const lines = new LineCounter();
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  // The parser takes a lone carriage return, which ends lines of old Macintoshes and in YAML, for white space.
  const document = parseDocument(text.replace(/\r(?!\n)/g, '\n'), {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    merge: true,
  });
  const problems = [...document.errors, ...document.warnings].map((problem) => {
    const { line, column } = at(problem.pos[0]);
    return `${name}:${line}:${column} ${reword(problem)}`;
  });
  const first = problems.slice(0, MOST_MESSAGES).join('\n');
  if (first) fail(first, 'the file must be valid YAML: indent with spaces, quote text with special characters');
  const root = document.contents;
  if (root === null)
    fail(`${name}: expected settings, got an empty file`, 'start from a preset: cl-train --list shows all');
  if (!isMap(root)) fail(`${name}:1:1 expected a mapping of settings, got ${isScalar(root) ? 'one value' : 'a list'}`);
  for (const offset of wrongMerges(document)) {
    const { line, column } = at(offset);
    const wanted = 'a mapping or a list of mappings to merge (<<), written before';
    fail(`${name}:${line}:${column} expected ${wanted}, got another value`);
  }
  const alias = findWrongAlias(document);
  if (alias !== undefined) {
    const { line, column } = at(alias.offset);
    const [star, anchor] = [`*${alias.name}`, `&${alias.name}`];
    const problem = alias.isCircle
      ? `an alias of what stands before, got ${star} inside of its own ${anchor}`
      : `an anchor ${anchor} before its alias ${star}, got none`;
    fail(
      `${name}:${line}:${column} expected ${problem}`,
      alias.isCircle ? `write out what ${star} is to stand for` : `quote text that begins with a star: "${star}"`,
    );
  }
  const position = (path: Path, key: 'key' | 'value') => at(nodeOffset(document, path, key));
  const value = withoutExtensions(toPlain(document, (offset) => placeOf(name, at(offset))));
  const deep = findDeep(value, DEEPEST);
  if (deep !== undefined) {
    fail(`${placeOf(name, position(deep, 'value'))} expected at most ${DEEPEST} levels of nesting, got more`);
  }
  return { value, position, anchored: anchoredKeys(document) };
}

/** The settings alone: parts named `x-...` hold anchors for others, as in the files of Docker Compose. */
function withoutExtensions(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('x-')));
}

const placeOf = (name: string, { line, column }: { line: number; column: number }): string =>
  `${name}:${line}:${column}`;

/** @param place says where a part of the text stands. */
function toPlain(document: Document, place: (offset: number) => string): Record<string, unknown> {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES }) as Record<string, unknown>;
  } catch (error) {
    const where = place(lastAliasOffset(document));
    throw new UserError(`${where} expected at most ${MOST_ALIASES} uses of aliases, with those inside, got more`, {
      exitCode: 2,
      cause: error,
    });
  }
}

/**
 * Reads a YAML file of at most 100 kB.
 *
 * @throws UserError as `parseYaml` does, and when the file can't be read or is no UTF-8.
 */
export function readYaml(path: string): YamlFile {
  try {
    const { size } = statSync(path);
    if (size > LARGEST_BYTES)
      fail(`${path}: expected a configuration of at most 100 kB, got ${Math.round(size / 1000)} kB`);
    return parseYaml(decodeText(readFileSync(path), path, path), path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path}: can't be read (${(error as Error).message})`, { exitCode: 2, cause: error });
  }
}
