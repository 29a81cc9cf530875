import { packTar } from 'modern-tar';

/** The two empty blocks that end a tar archive. */
export const TAR_END = new Uint8Array(1024);

/** A header without anything of the machine, the user or the time. */
function entry(name: string, body: Uint8Array): Parameters<typeof packTar>[0][number] {
  return { header: { name, size: body.length, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) }, body };
}

/** Files as a part of a tar archive, without its end: parts in a row and `TAR_END` are an archive. */
export async function tarPart(files: readonly (readonly [name: string, body: Uint8Array])[]): Promise<Uint8Array> {
  const archive = await packTar(files.map(([name, body]) => entry(name, body)));
  return archive.subarray(0, archive.length - TAR_END.length);
}
