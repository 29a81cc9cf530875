import type { Lineage } from '../train/events.ts';
import { formatCount, formatPlural } from '../util/format-count.ts';

const KINDS: Readonly<Record<Lineage['kind'], string>> = {
  checkpoint: 'checkpoint',
  export: "this tool's export",
  safetensors: 'safetensors',
  torch: 'PyTorch file',
};

/** `runs/a/checkpoints/step-00000152.safetensors (checkpoint, sha256 0123456789ab, 8 epochs)`. */
export function weightsTitle({
  path,
  kind,
  sha256,
  epoch,
}: Pick<Lineage, 'path' | 'kind' | 'sha256' | 'epoch'>): string {
  const behind = epoch === undefined ? '' : `, ${formatPlural(epoch, 'epoch')}`;
  return `${path} (${KINDS[kind]}, sha256 ${sha256.slice(0, 12)}${behind})`;
}

/** What of a file was taken and what was left out, as lines. */
export function takenLines({
  prefix,
  matched,
  expected,
  leftOut,
}: Pick<Lineage, 'prefix' | 'matched' | 'expected' | 'leftOut'>): string[] {
  const before = prefix === '' ? '' : ` (prefix ${prefix})`;
  const groups = leftOut.map(({ group, count, reason }) => `${group} (${formatPlural(count, 'tensor')}: ${reason})`);
  return [
    `${formatCount(matched)} of ${formatPlural(expected, 'tensor')} of the backbone matched${before}`,
    ...(groups.length > 0 ? [`left out: ${groups.join(', ')}`] : []),
  ];
}

/** What a run starts from, what of it was taken, and what starts anew, as lines. */
export function lineageLines(lineage: Lineage): string[] {
  const { fresh, before } = lineage;
  return [
    weightsTitle(lineage),
    ...takenLines(lineage),
    `fresh: ${fresh.join(', ')}`,
    ...(before === undefined ? [] : [`they had started from ${weightsTitle(before)}`]),
  ];
}
