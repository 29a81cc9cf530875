import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

/** The root of the package. */
export const ROOT = resolve(import.meta.dirname, '..');

/** One import, export-from or import() of a source file; `typeOnly` ones vanish when compiled. */
export interface Import {
  readonly line: number;
  /** A path from the root for relative imports, else the specifier. */
  readonly target: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

/** A parsed file under src/, `path` from the root. */
export interface SourceFile {
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Places of syntax that the rules know, such as `any` or `console`, as [line, what]. */
  readonly marks: readonly (readonly [line: number, what: string])[];
}

/** Every .ts file under a folder of the package, parsed; sorted by path. */
export function parseSources(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => parseSource(join(folder, name), readFileSync(join(ROOT, folder, name), 'utf8')));
}

/** Finds the imports and marks of one file. */
export function parseSource(path: string, text: string): SourceFile {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false);
  const imports: Import[] = [];
  const marks: [number, string][] = [];
  const lineOf = (node: ts.Node): number => tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
  const visit = (node: ts.Node): void => {
    const found = importOf(node);
    if (found !== undefined) {
      const { specifier, typeOnly, dynamic } = found;
      const target = specifier.startsWith('.') ? join(dirname(path), specifier) : specifier;
      imports.push({ line: lineOf(node), target, typeOnly, dynamic });
    }
    const what = markOf(node, tree);
    if (what !== undefined) marks.push([lineOf(node), what]);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  for (const [i, line] of text.split('\n').entries()) {
    const directive = /(?:\/\/|\/\*+)\s*(@ts-(?:ignore|expect-error|nocheck))/.exec(line)?.[1];
    if (directive !== undefined) marks.push([i + 1, directive]);
  }
  return { path, lines: text.trimEnd().split('\n').length, imports, marks };
}

function importOf(node: ts.Node): { specifier: string; typeOnly: boolean; dynamic: boolean } | undefined {
  const named = (names: ts.NodeArray<ts.ImportSpecifier | ts.ExportSpecifier>): boolean =>
    names.length > 0 && names.every((name) => name.isTypeOnly);
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    const clause = node.importClause;
    const bindings = clause?.namedBindings;
    const allTypes = bindings !== undefined && ts.isNamedImports(bindings) && !clause?.name && named(bindings.elements);
    return { specifier: node.moduleSpecifier.text, typeOnly: clause?.isTypeOnly === true || allTypes, dynamic: false };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    const allTypes =
      node.exportClause !== undefined && ts.isNamedExports(node.exportClause) && named(node.exportClause.elements);
    return { specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly || allTypes, dynamic: false };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return { specifier: node.argument.literal.text, typeOnly: true, dynamic: false };
  }
  if (ts.isCallExpression(node)) {
    const [argument] = node.arguments;
    const loads = node.expression.kind === ts.SyntaxKind.ImportKeyword || isName(node.expression, 'require');
    if (loads && argument && ts.isStringLiteral(argument))
      return { specifier: argument.text, typeOnly: false, dynamic: true };
  }
  return undefined;
}

function markOf(node: ts.Node, tree: ts.SourceFile): string | undefined {
  if (node.kind === ts.SyntaxKind.AnyKeyword) return 'any';
  if (ts.isEnumDeclaration(node)) return 'enum';
  if (ts.isPropertyAccessExpression(node)) {
    if (isName(node.expression, 'console')) return 'console';
    if (isName(node.expression, 'process') && (node.name.text === 'exit' || node.name.text === 'reallyExit')) {
      return 'process.exit';
    }
  }
  if (ts.isPropertySignature(node) && node.questionToken && !takesUndefined(node.type?.getText(tree))) {
    return 'optional field without undefined';
  }
  if (ts.isImportSpecifier(node) || ts.isExportSpecifier(node)) {
    const { text } = node.propertyName ?? node.name;
    if (text === 'exit') return 'process.exit';
    if (text === 'RunConfig') return 'RunConfig';
  }
  if (ts.isImportTypeNode(node) && node.qualifier?.getText(tree) === 'RunConfig') return 'RunConfig';
  if (ts.isClassLike(node)) {
    const parent = node.heritageClauses?.[0]?.types[0]?.expression.getText(tree);
    return `class extending ${parent ?? 'nothing'}`;
  }
  return undefined;
}

/** Whether a field of this type can be passed on without asking whether it is there. */
function takesUndefined(type: string | undefined): boolean {
  return type !== undefined && /\bundefined\b|^unknown$/.test(type);
}

function isName(node: ts.Node, text: string): boolean {
  return ts.isIdentifier(node) && node.text === text;
}

/** The files of the working tree that git does not ignore, new ones too; undefined outside a git checkout. */
export function ownFiles(): string[] | undefined {
  if (!existsSync(join(ROOT, '.git'))) return undefined;
  const names = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return names.split('\0').filter((name) => name !== '' && existsSync(join(ROOT, name)));
}

/** `path` as a folder directly under src/, or undefined for src/index.ts. */
export function layerOf(path: string): string | undefined {
  const [first, ...rest] = relative('src', path).split('/');
  return rest.length > 0 ? first : undefined;
}

/** Where `path` lies in a layer: a folder directly below it, or the name of a file that lies loose there. */
export function roomOf(path: string, layer: string): string {
  return relative(join('src', layer), path).split('/')[0] as string;
}
