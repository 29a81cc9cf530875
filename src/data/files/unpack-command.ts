import { shellWord } from '../../util/shell-word.ts';

/** How archives are unpacked, by their names. */
const COMMANDS: readonly (readonly [name: RegExp, command: (archive: string, folder: string) => string])[] = [
  [/\.(tar(\.\w+)?|tgz|tbz2?|txz|tzst)$/i, (archive, folder) => `mkdir ${folder} && tar -xf ${archive} -C ${folder}`],
  [/\.7z$/i, (archive, folder) => `7z x ${archive} -o${folder}`],
  [/\.rar$/i, (archive, folder) => `unrar x ${archive} ${folder}/`],
  [/\.zip$/i, (archive, folder) => `unzip ${archive} -d ${folder}`],
];

/** A piece of a file that was split: `x.zip.001`, `x.tar.gz.part_aa`, `x.tar.aa`; the name of the whole comes first. */
const PIECE = /^(.*\.(?:zip|tar|tar\.\w+?|tgz|tbz2?|txz|tzst|7z|rar))(\.|[._-]part[._-]?)(\d{1,4}|a{1,2}[a-z])$/i;

/** How to join the pieces of a file that was split, by the path of one; undefined for other files. */
export function joinHint(path: string): string | undefined {
  const [, whole, mark, number] = PIECE.exec(path) ?? [];
  if (whole === undefined) return undefined;
  const pieces = `${shellWord(`${whole}${mark}`)}${'?'.repeat((number as string).length)}`;
  return `Join its pieces: cat ${pieces} > ${shellWord(whole)} (then --data ${shellWord(whole)})`;
}

/** How to unpack a file that is compressed alone, other than by gzip; undefined for other files. */
export function decompressHint(path: string): string | undefined {
  const [, kind] = /\.(bz2|xz|zst)$/i.exec(path) ?? [];
  const command = { bz2: 'bunzip2 --keep', xz: 'unxz --keep', zst: 'unzstd' }[kind?.toLowerCase() ?? ''];
  return command === undefined || isArchivePath(path) ? undefined : `Unpack it: ${command} ${shellWord(path)}`;
}

/** Whether a file is an archive by its name, also of a kind that is not read. */
export function isArchivePath(path: string): boolean {
  return COMMANDS.some(([name]) => name.test(path));
}

/** A command for people, and the folder that it unpacks into: as a word for the shell, and as a path. */
interface UnpackCommand {
  readonly command: string;
  readonly folder: string;
  readonly path: string;
}

/**
 * The command that unpacks an archive into a folder beside it, and that folder; an archive without a telling name is
 * taken for a zip file.
 */
export function unpackCommand(path: string, isEncrypted = false): UnpackCommand {
  const [name, command] = COMMANDS.find(([pattern]) => pattern.test(path)) ?? [/$/, undefined];
  const folder = command === undefined ? `${path}-unpacked` : path.replace(name, '');
  const [archive, target] = [shellWord(path), shellWord(folder)];
  // Info-ZIP's unzip knows the old encryption alone.
  if (isEncrypted) return { command: `7z x ${archive} -o${target}`, folder: target, path: folder };
  return { command: command?.(archive, target) ?? `unzip ${archive} -d ${target}`, folder: target, path: folder };
}
