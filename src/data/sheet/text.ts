import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Mask } from './canvas.ts';

/** How a text is set; sizes in pixels. */
export interface TextStyle {
  readonly size: number;
  readonly weight: 'regular' | 'medium';
}

const require = createRequire(import.meta.url);
const FONTS = {
  regular: { name: 'Inter', file: () => require.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf') },
  medium: {
    name: 'Inter Medium',
    file: () => require.resolve('@expo-google-fonts/inter/500Medium/Inter_500Medium.ttf'),
  },
} as const;

let isPrepared = false;

/**
 * Gives fontconfig an empty configuration where the system has none: it would complain on standard error, though the
 * font comes with the program. With a configuration, letters that the font lacks are taken from the system's.
 */
function prepareFontconfig(): void {
  if (isPrepared) return;
  isPrepared = true;
  const given = process.env['FONTCONFIG_FILE'] ?? process.env['FONTCONFIG_PATH'];
  if (given !== undefined || existsSync('/etc/fonts/fonts.conf')) return;
  try {
    const folder = mkdtempSync(join(tmpdir(), 'fonts-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'fonts.conf');
    writeFileSync(file, '<?xml version="1.0"?>\n<fontconfig></fontconfig>\n');
    process.env['FONTCONFIG_FILE'] = file;
  } catch {
    // Without a place for temporary files it complains, and finds the font all the same.
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

async function render(markup: string, { size, weight }: TextStyle, width: number): Promise<Mask> {
  prepareFontconfig();
  const { name, file } = FONTS[weight];
  const options = { font: `${name} ${size}`, fontfile: file(), dpi: 72, width: Math.max(1, Math.floor(width)) };
  const { data, info } = await sharp({ text: { text: markup, wrap: 'word-char', spacing: 2, ...options } })
    .extractChannel(0)
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, height: info.height, width: info.width };
}

/**
 * The highest and the lowest letter: lines of them stand above and below a text, since libvips cuts off what has no
 * ink.
 */
const GUARD = 'Åg';

/**
 * Sets text, broken into lines of at most `width` pixels and at its line breaks: how much ink covers each pixel.
 *
 * Every line has the same height, whatever its letters; text of spaces only is empty.
 */
export async function setText(text: string, style: TextStyle, width: number): Promise<Mask> {
  if (text.trim() === '') return { data: new Uint8Array(0), height: 0, width: 0 };
  const escaped = text.replace(/[&<>]/g, (character) => ENTITIES[character] as string);
  const [one, two, guarded] = (await Promise.all(
    [GUARD, `${GUARD}\n${GUARD}`, `${GUARD}\n${escaped}\n${GUARD}`].map((markup) => render(markup, style, width)),
  )) as [Mask, Mask, Mask];
  const pitch = two.height - one.height;
  const height = guarded.height - one.height - pitch;
  const start = pitch * guarded.width;
  return { data: guarded.data.subarray(start, start + height * guarded.width), height, width: guarded.width };
}
