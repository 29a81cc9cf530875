import { MANIFEST, type Manifest } from '../../data/files/pack-manifest.ts';
import type { SkippedImage } from '../../data/sources/bad-images.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { formatPlural } from '../../util/format-count.ts';
import { terminalText } from '../../util/terminal-text.ts';

interface PackSummary {
  readonly out: string;
  readonly shards: number;
  readonly bytes: number;
  /** Images in the shards by split. */
  readonly images: Readonly<Record<string, number>>;
  readonly classes: number;
  readonly skipped: readonly (SkippedImage & { readonly split: string })[];
}

function summarize(out: string, { shards, splits, classes }: Manifest): PackSummary {
  const imagesOf = (name: string): number =>
    shards.filter(({ split }) => split === name).reduce((sum, { images }) => sum + images, 0);
  return {
    out,
    shards: shards.length,
    bytes: shards.reduce((sum, { bytes }) => sum + bytes, 0),
    images: Object.fromEntries(splits.map(({ name }) => [name, imagesOf(name)])),
    classes: classes.length,
    skipped: shards.flatMap(({ split, skipped }) => skipped.map((image) => ({ split, ...image }))),
  };
}

/** What has been packed, as JSON. */
export function packJson(out: string, manifest: Manifest): string {
  return `${JSON.stringify(summarize(out, manifest), null, 2)}\n`;
}

/** What has been packed, in a line, and a second one about bad images. */
export function packText(out: string, manifest: Manifest, remark: string): string {
  const { shards, bytes, images, skipped } = summarize(out, manifest);
  const counts = Object.entries(images).map(([name, count]) => `${name} ${formatPlural(count, 'image')}`);
  const line = `${out}: ${counts.join(', ')} in ${formatPlural(shards, 'shard')}, ${formatBytes(bytes)}${remark}`;
  const left =
    skipped.length === 0 ? '' : `${formatPlural(skipped.length, 'bad image')} left out, listed in ${MANIFEST}\n`;
  return `${terminalText(line)}\n${left}`;
}
