import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { libraryProblem } from './elf-file.ts';
import { UserError } from './errors.ts';
import { explainDamagedPackage } from './machine.ts';

/** Packages with binaries, and the one for this platform that holds them. */
const PLATFORM = `${process.platform}-${process.arch}`;
const NATIVE = [`@koromix/koffi-${PLATFORM}`, `@img/sharp-${PLATFORM}`, `@img/sharp-libvips-${PLATFORM}`];

/**
 * Checks the binaries of packages by their headers: loading one that was cut short ends the process without a word.
 * Takes about a millisecond.
 *
 * @throws UserError naming the package and the command that repairs it.
 */
export function checkNativePackages(): void {
  const folders = createRequire(import.meta.url).resolve.paths('x') ?? [];
  for (const name of NATIVE) {
    const place = folders.map((folder) => join(folder, name)).find((folder) => existsSync(folder));
    if (place === undefined) continue;
    const files = readdirSync(place, { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((path) => /\.node$|\.so(\.\d+)*$/.test(path))) {
      const problem = libraryProblem(join(place, file));
      if (problem === undefined) continue;
      const { message, hint } = explainDamagedPackage(name, `${file}: ${problem}`);
      throw new UserError(message, { hint });
    }
  }
}
