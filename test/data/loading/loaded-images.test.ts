import { describe, expect, it } from 'vitest';
import { gatherImages } from '../../../src/data/loading/loaded-images.ts';

describe('gatherImages', () => {
  it('copies rows in the order of the indices', () => {
    const data = Uint8Array.from({ length: 4 * 2 * 1 * 3 }, (_, i) => i);
    const gathered = gatherImages({ data, height: 2, width: 1 }, Uint32Array.of(3, 0, 3));
    expect([...gathered]).toEqual([18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 18, 19, 20, 21, 22, 23]);
  });
});
