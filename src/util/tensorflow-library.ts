import { join } from 'node:path';
import { libraryProblem } from './elf-file.ts';
import { UserError } from './errors.ts';
import { TENSORFLOW_LIBRARIES, TENSORFLOW_VERSION, type TensorflowLocation } from './tensorflow-folder.ts';

/**
 * Checks by their headers that the libraries of a TensorFlow can be loaded, without loading them.
 *
 * @throws UserError naming the file that is damaged, and what repairs it.
 */
export function checkLibraries(location: TensorflowLocation): void {
  for (const name of TENSORFLOW_LIBRARIES) {
    const path = join(location.folder, name);
    const problem = libraryProblem(path);
    if (problem !== undefined) throw unloadable(location, `${path}: ${problem}`);
  }
}

/** What is said of a TensorFlow that does not load, for a reason that names the file. */
export function unloadable({ variant, folder }: TensorflowLocation, why: string, cause?: unknown): UserError {
  if (/failed to map segment|cannot allocate memory/i.test(why)) {
    return new UserError(`There is not enough memory to load TensorFlow's library: ${why}`, {
      hint: 'It takes 0.9 GB of address space: raise the limit (`ulimit -v unlimited`, or that of the container).',
      cause,
    });
  }
  const repair =
    variant === 'user'
      ? `Repair it, or unset CL_TENSORFLOW to use release ${TENSORFLOW_VERSION}.`
      : 'Run `cl-doctor --install --verify`, which fetches again what is damaged.';
  return new UserError(`The TensorFlow in ${folder} does not load: ${why}`, { hint: repair, cause });
}
