import { expect, it } from 'vitest';
import { escapeMarkdown, fenced, table } from '../../../src/run/export/card/markdown.ts';

it.each([
  ['a|b', 'a\\|b'],
  ['*bold* _it_ `code`', '\\*bold\\* \\_it\\_ \\`code\\`'],
  ['[x](http://evil)', '\\[x\\](http\\://evil)'],
  ['www.evil.com', 'www\\.evil.com'],
  ['<img src=x onerror=y>', '\\<img src=x onerror=y\\>'],
  ['two\nlines\r\n# head', 'two lines \\# head'],
  ['\u001b[31mred\u202egnp', '?\\[31mred?gnp'],
  ['kNN: 41.1 % (39.0-43.3)', 'kNN: 41.1 % (39.0-43.3)'],
  ['back\\slash &amp; ~~x~~', 'back\\\\slash \\&amp; \\~\\~x\\~\\~'],
])('turns %j into plain words', (text, expected) => {
  expect(escapeMarkdown(text)).toBe(expected);
});

it('fences text that holds fences', () => {
  expect(fenced('a\n```\nb\n````\n', 'yaml')).toBe('`````yaml\na\n```\nb\n````\n`````');
});

it('makes tables', () => {
  expect(table(['a', 'b'], [['1', '2']])).toBe('| a | b |\n| --- | --- |\n| 1 | 2 |');
});
