import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { hashFile } from '../../util/hash-file.ts';
import { cardText } from './card/card.ts';
import type { CardFacts } from './card/card-facts.ts';
import { listFiles, replaceFolder } from './export-folder.ts';
import { CARD, type ExportedFile, MANIFEST, type Manifest, manifestText } from './manifest.ts';
import { encodeNpy } from './npy.ts';
import { referenceFeatures } from './reference-features.ts';
import { fileMetadata, writeFormat } from './write-formats.ts';

async function describeFiles(folder: string): Promise<ExportedFile[]> {
  const files: ExportedFile[] = [];
  for (const path of await listFiles(folder)) {
    const place = join(folder, path);
    files.push({ path, bytes: (await stat(place)).size, sha256: await hashFile(place) });
  }
  return files;
}

/** How an export is made. */
export interface Making {
  readonly output: string;
  /** Whether an export that is there is replaced. */
  readonly overwrite: boolean;
  readonly onStatus?: ((text: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes an export whole: the files of its formats, the card, the verification pair, and `export.json`. All bytes are
 * a function of the facts.
 *
 * @throws UserError where something can't be written, and the signal's reason; then nothing is left.
 */
export async function makeExport(facts: CardFacts, { output, overwrite, onStatus, signal }: Making): Promise<Manifest> {
  const { encoder, description, choice, verification, tool } = facts;
  const { images } = verification;
  onStatus?.('features of the verification images');
  const features = await referenceFeatures(encoder, images, choice.features === 'pyramid');
  let manifest: Omit<Manifest, 'schemaVersion'> | undefined;
  await replaceFolder(output, overwrite, async (folder) => {
    const metadata = fileMetadata(description, tool);
    for (const format of choice.formats) {
      signal?.throwIfAborted();
      onStatus?.(`writing ${format}`);
      await writeFormat(format, folder, encoder, choice, metadata);
    }
    const pair = join(folder, 'verification');
    await mkdir(pair);
    for (const [name, tensor] of Object.entries({ images, ...features })) {
      await writeFileAtomic(join(pair, `${name}.npy`), encodeNpy(tensor));
    }
    await writeFileAtomic(join(folder, CARD), cardText(facts));
    const { split, indices } = verification;
    manifest = {
      tool,
      ...choice,
      encoder: description,
      verification: { images: split ?? 'patterns', indices },
      files: await describeFiles(folder),
    };
    await writeFileAtomic(join(folder, MANIFEST), manifestText(manifest));
    signal?.throwIfAborted();
  });
  return manifest as Manifest;
}
