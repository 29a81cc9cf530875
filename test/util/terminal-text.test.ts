import { expect, test } from 'vitest';
import { terminalLines, terminalText } from '../../src/util/terminal-text.ts';

const HOSTILE = 'a\u001b]0;title\u0007b\nc\u202ed\u009b1m\te\u007f';

test('text for a terminal holds no control characters', () => {
  expect(terminalText(HOSTILE)).toBe('a?]0;title?b c?d?1m e?');
  expect(terminalLines(HOSTILE)).toBe('a?]0;title?b\nc?d?1m\te?');
  expect(terminalText('Größe 10 × 10: 🦆')).toBe('Größe 10 × 10: 🦆');
});
