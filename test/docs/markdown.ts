/** What a line of a Markdown page is, as far as its length and its links are concerned. */
type LineKind = 'prose' | 'code' | 'table' | 'address';

/** A line of a page, numbered from 1. */
export interface Line {
  readonly number: number;
  readonly kind: LineKind;
  readonly text: string;
}

const FENCE = /^\s*(`{3,}|~{3,})/;
const LIST_ITEM = /^\s*(?:[-*+]|\d+[.)])\s/;
const INDENTED = /^(?: {4}|\t)/;
/** Nothing but an address, which can't be wrapped, or the definition of a link. */
const ADDRESS = /^\s*(?:[-*+]\s+)?(?:\[[^\]]+\]:\s+\S+|<?https?:\/\/[^\s<>]+>?)$/;

/** Tells code (fenced, or indented by four columns outside a list), tables and bare addresses from prose. */
export function readLines(page: string): Line[] {
  let fence: string | undefined;
  let isCode = false;
  let inList = false;
  let afterBlank = true;
  return page.split('\n').map((text, i): Line => {
    const line = (kind: LineKind): Line => ({ number: i + 1, kind, text });
    const mark = FENCE.exec(text)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence) && text.trim() === mark) fence = undefined;
      return line('code');
    }
    if (mark !== undefined) {
      fence = mark;
      return line('code');
    }
    const isBlank = text.trim() === '';
    if (LIST_ITEM.test(text)) inList = true;
    else if (afterBlank && !isBlank && !/^\s/.test(text)) inList = false;
    isCode = INDENTED.test(text) && !inList && (afterBlank || isCode);
    afterBlank = isBlank;
    if (isCode) return line('code');
    if (text.startsWith('|')) return line('table');
    return line(ADDRESS.test(text) ? 'address' : 'prose');
  });
}

const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

/** The page with its blocks of code blanked out, so that places stay what they are. */
function withoutBlocks(page: string): string {
  return readLines(page)
    .map(({ kind, text }) => (kind === 'code' ? blank(text) : text))
    .join('\n');
}

/** The page with all its code blanked out. */
function withoutCode(page: string): string {
  return withoutBlocks(page).replace(/(`+)(?!`)(?:(?!\n\n)[\s\S])*?[^`]\1(?!`)/g, blank);
}

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

/** What stands in backticks outside blocks of code, over two lines too, with the line where it begins. */
export function readCodeSpans(page: string): { readonly line: number; readonly text: string }[] {
  const text = withoutBlocks(page);
  return [...text.matchAll(/`((?:(?!\n\n)[^`])+)`/g)].map(({ index, 1: code = '' }) => ({
    line: lineAt(text, index),
    text: code,
  }));
}

/** The lines of a page's blocks of code, but those that are comments from their beginning, as the name of a file is. */
export function readCodeLines(page: string): { readonly line: number; readonly text: string }[] {
  return readLines(page)
    .filter(({ kind, text }) => kind === 'code' && !/^\s*\/\//.test(text))
    .map(({ number, text }) => ({ line: number, text }));
}

/** A link or a picture of a page. */
export interface Link {
  readonly line: number;
  readonly target: string;
}

const TARGETS = [
  /\]\(\s*<?([^()\s<>]+)/g,
  /\b(?:src|srcset|href)="([^"]+)"/g,
  /^ {0,3}\[[^\]]+\]:\s+<?([^\s<>]+)/gm,
] as const;

/** All links and pictures, in Markdown and in HTML, but bare addresses. */
export function readLinks(page: string): Link[] {
  const text = withoutCode(page);
  return TARGETS.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(({ index, 1: target = '' }) => ({
      line: lineAt(text, index),
      target,
    })),
  ).sort((a, b) => a.line - b.line);
}

/** The anchors of a page's headings as GitHub makes them: lower case, hyphens for spaces, no punctuation. */
export function readAnchors(page: string): string[] {
  const seen = new Map<string, number>();
  return readLines(page).flatMap(({ kind, text }) => {
    const heading = kind === 'code' ? undefined : /^#{1,6} (.+)/.exec(text)?.[1];
    if (heading === undefined) return [];
    const shown = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim();
    const slug = shown
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return [before === 0 ? slug : `${slug}-${before}`];
  });
}
