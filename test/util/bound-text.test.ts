import { expect, it } from 'vitest';
import { boundText } from '../../src/util/bound-text.ts';

it('leaves usual text as it is', () => {
  const text = `expected one of ${'/a/long/path'.repeat(30)}, got another\n  in line 3`;
  expect(boundText(text, 2400)).toBe(text);
});

it('leaves out the middle of long words, with a count', () => {
  const word = `begin-${'x'.repeat(1e6)}-end`;
  const bounded = boundText(`expected a setting, got "${word}" in run.yaml`, 2400);
  expect(bounded.length).toBeLessThan(300);
  expect(bounded).toMatch(/^expected a setting, got "begin-x+\.\.\.\(999,812 characters\)\.\.\.x+-end" in run\.yaml$/);
});

it('leaves out lines beyond the first ones, with a count', () => {
  const lines = Array.from({ length: 1000 }, (_, i) => `line ${i}`);
  expect(boundText(lines.join('\n'), 2400).split('\n')).toEqual([...lines.slice(0, 30), '... and 970 more lines']);
});

it('leaves out the middle of the whole, by bytes, and no half of a character', () => {
  const bounded = boundText('\u{1f986} '.repeat(10_000), 2400);
  expect(Buffer.byteLength(bounded)).toBeLessThan(2500);
  expect(bounded).toMatch(/^(?:\u{1f986} )+\u{1f986}? ?\.\.\.\([\d,]+ characters\)\.\.\. ?(?:\u{1f986} ?)+$/u);
});
