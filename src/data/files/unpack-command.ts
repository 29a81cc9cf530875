import { shellWord } from '../../util/shell-word.ts';

/** How archives are unpacked, by their names. */
const COMMANDS: readonly (readonly [name: RegExp, command: (archive: string, folder: string) => string])[] = [
  [/\.(tar(\.\w+)?|tgz|tbz2?|txz|tzst)$/i, (archive, folder) => `mkdir ${folder} && tar -xf ${archive} -C ${folder}`],
  [/\.7z$/i, (archive, folder) => `7z x ${archive} -o${folder}`],
  [/\.rar$/i, (archive, folder) => `unrar x ${archive} ${folder}/`],
  [/\.zip$/i, (archive, folder) => `unzip ${archive} -d ${folder}`],
];

/** Whether a file is an archive by its name, also of a kind that is not read. */
export function isArchivePath(path: string): boolean {
  return COMMANDS.some(([name]) => name.test(path));
}

/**
 * The command that unpacks an archive into a folder beside it, and that folder; an archive without a telling name is
 * taken for a zip file.
 */
export function unpackCommand(path: string, isEncrypted = false): { command: string; folder: string } {
  const [name, command] = COMMANDS.find(([pattern]) => pattern.test(path)) ?? [/$/, undefined];
  const folder = command === undefined ? `${path}-unpacked` : path.replace(name, '');
  const [archive, target] = [shellWord(path), shellWord(folder)];
  // Info-ZIP's unzip knows the old encryption alone.
  if (isEncrypted) return { command: `7z x ${archive} -o${target}`, folder: target };
  return { command: command?.(archive, target) ?? `unzip ${archive} -d ${target}`, folder: target };
}
