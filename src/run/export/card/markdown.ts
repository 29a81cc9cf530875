import { terminalText } from '../../../util/terminal-text.ts';

/**
 * A user's text, such as the name of a class, as plain words inside of a line of Markdown: no sign of it means
 * anything, and what looks like an address is no link.
 */
export function escapeMarkdown(text: string): string {
  return terminalText(text)
    .replace(/[\\`*_[\]<>&|~$#!{}@]|:(?=\S)/g, '\\$&')
    .replace(/\bwww\./gi, (word) => `${word.slice(0, -1)}\\.`);
}

/** Text as a block of code, inside of a fence that it can't close. */
export function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}

/** A table of cells that are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
