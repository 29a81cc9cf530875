import { expect, it } from 'vitest';
import { createTextPacker, eachText, findEqualPacked, textsAt } from '../../../src/data/files/packed-texts.ts';
import { createNumberPacker, type Numbers } from '../../../src/util/packed-numbers.ts';

function pack(values: readonly number[]): Numbers {
  const packer = createNumberPacker();
  for (const value of values) packer.add(value);
  return packer.done();
}

it('gives back texts of any length and alphabet, in any order', () => {
  const texts = Array.from({ length: 5000 }, (_, i) => ['', 'été', '🦆'.repeat(i), 'x'.repeat(i * 3)][i % 4] as string);
  texts.push('y'.repeat(5_000_000), 'end');
  const packer = createTextPacker();
  for (const text of texts) packer.add(text);
  const packed = packer.done();
  expect([...eachText(packed)]).toEqual(texts);
  for (const index of [4999, 0, 5000, 17, 5001, 2500]) expect(packed.at(index)).toBe(texts[index]);
  expect([...eachText(textsAt(packed, pack([3, 5001])))]).toEqual([texts[3], 'end']);
});

it('finds equal texts by their bytes', () => {
  const packer = createTextPacker();
  const texts = Array.from({ length: 20_000 }, (_, i) => `${'é'.repeat(i % 3)}${(i * 7919) % 15_000}`);
  for (const text of texts) packer.add(text);
  const firstOf = findEqualPacked(packer.done());
  const seen = new Map<string, number>();
  for (const [index, text] of texts.entries()) {
    if (!seen.has(text)) seen.set(text, index);
    expect(firstOf(index)).toBe(seen.get(text));
  }
});
