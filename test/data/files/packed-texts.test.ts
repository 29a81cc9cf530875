import { expect, it } from 'vitest';
import { createTextPacker, eachText, textsAt } from '../../../src/data/files/packed-texts.ts';

it('gives back texts of any length and alphabet, in any order', () => {
  const texts = Array.from({ length: 5000 }, (_, i) => ['', 'été', '🦆'.repeat(i), 'x'.repeat(i * 3)][i % 4] as string);
  texts.push('y'.repeat(5_000_000), 'end');
  const packer = createTextPacker();
  for (const text of texts) packer.add(text);
  const packed = packer.done();
  expect([...eachText(packed)]).toEqual(texts);
  for (const index of [4999, 0, 5000, 17, 5001, 2500]) expect(packed.at(index)).toBe(texts[index]);
  expect([...eachText(textsAt(packed, [3, 5001]))]).toEqual([texts[3], 'end']);
});
