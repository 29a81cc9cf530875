import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { inRepository, runNode, temporaryFolder } from '../cli/run-command.ts';
import { writeTinyRun } from '../run/encoder/tiny-run.ts';

const EXAMPLE = inRepository('examples/find-neighbours.mjs');

/** A plain image of a colour, with a bright square in one corner. */
async function writeImage(file: string, background: string): Promise<void> {
  const square = { create: { width: 8, height: 8, channels: 3, background: '#fff' } } as const;
  const corner = await sharp(square).png().toBuffer();
  const image = sharp({ create: { width: 24, height: 24, channels: 3, background } });
  await image
    .composite([{ input: corner, left: 2, top: 2 }])
    .png()
    .toFile(file);
}

test('the example finds the images that are most alike', async () => {
  const folder = temporaryFolder();
  const run = join(folder, 'run');
  const { checkpoint } = await writeTinyRun(run);
  const photos = join(folder, 'photos');
  mkdirSync(join(photos, 'more'), { recursive: true });
  for (const [name, colour] of Object.entries({ 'red.png': '#e00', 'more/again.png': '#e00', 'blue.png': '#00d' })) {
    await writeImage(join(photos, name), colour);
  }
  const { code, stdout, stderr } = await runNode([EXAMPLE, run, photos]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const rows = stdout.trim().split('\n');
  expect(rows).toHaveLength(3);
  expect(rows[2]).toMatch(/^red\.png\tmore\/again\.png 1\.000\tblue\.png 0\.\d{3}$/);
  expect((await runNode([EXAMPLE, checkpoint, photos])).stdout).toBe(stdout);
});

test('it says how it is used', async () => {
  expect(await runNode([EXAMPLE])).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining('Use: node') });
});
