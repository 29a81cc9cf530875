import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configPart } from '../../bench/lib/damage-config.ts';
import { read } from '../../bench/lib/damage-config-reader.ts';
import { UserError } from '../../src/util/errors.ts';
import { randomStream } from '../../src/util/rng.ts';
import { tempFolder } from '../data/temp-files.ts';

test('mutated configurations give a plan, or a message under 4 kB with line and column', async () => {
  const part = await configPart();
  const folder = tempFolder();
  for (let index = 0; index < 50; index++) {
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
    expect(Buffer.byteLength(message + hint), `${index}: ${kind}`).toBeLessThan(4096);
  }
});
