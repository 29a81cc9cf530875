import { expect, it } from 'vitest';
import { findEqualTexts } from '../../src/util/equal-texts.ts';

it('finds the first of equal texts, also of many with equal hashes', () => {
  const texts = Array.from({ length: 20_000 }, (_, i) => `${(i * 7919) % 15_000}`);
  const firstOf = findEqualTexts(texts.length, (index) => texts[index] as string);
  const seen = new Map<string, number>();
  for (const [index, text] of texts.entries()) {
    if (!seen.has(text)) seen.set(text, index);
    expect(firstOf(index)).toBe(seen.get(text));
  }
});
