import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Puts the programs on the path, as `npm link` does: commands in messages are called by their names then. */
export default function linkPrograms(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'cl-programs-'));
  const programs = fileURLToPath(new URL('../bin', import.meta.url));
  for (const file of readdirSync(programs)) symlinkSync(join(programs, file), join(folder, basename(file, '.js')));
  process.env['PATH'] = [folder, process.env['PATH']].join(delimiter);
  return () => rmSync(folder, { recursive: true, force: true });
}
