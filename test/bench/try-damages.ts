import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { DamagePart } from '../../bench/lib/damage-part.ts';
import { UserError } from '../../src/util/errors.ts';
import { randomStream } from '../../src/util/rng.ts';
import { tempFolder } from '../data/temp-files.ts';

/** Reads so many damaged files of a part: whatever fails does so by a UserError of a length under 4,096. */
export async function tryDamages(
  part: DamagePart,
  read: (path: string) => Promise<unknown>,
  count: number,
  lengthOf: (text: string) => number,
): Promise<void> {
  const folder = tempFolder();
  for (let index = 0; index < count; index++) {
    const own = join(folder, String(index));
    mkdirSync(own);
    const { kind, path } = await part.make(index, randomStream(1, index), own);
    const error = await read(path).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error === undefined) continue;
    expect(error, `${index}: ${kind}`).toBeInstanceOf(UserError);
    const { message, hint = '' } = error as UserError;
    expect(lengthOf(message + hint), `${index}: ${kind}`).toBeLessThan(4096);
  }
}
