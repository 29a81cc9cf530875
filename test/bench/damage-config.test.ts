import { test } from 'vitest';
import { configPart } from '../../bench/lib/damage-config.ts';
import { read } from '../../bench/lib/damage-config-reader.ts';
import { tryDamages } from './try-damages.ts';

test('mutated configurations give a plan, or a message under 4 kB with line and column', async () => {
  await tryDamages(await configPart(), read, 50, Buffer.byteLength);
});
