import { formatCount, formatPlural } from '../util/format-count.ts';

/** What was taken of a file of weights, and what not. */
export interface TakenWeights {
  readonly path: string;
  readonly kind: 'checkpoint' | 'export' | 'safetensors' | 'torch';
  readonly sha256: string;
  /** What names had before those of the backbone; empty for nothing. */
  readonly prefix: string;
  /** Tensors of the backbone that were found, of so many. */
  readonly matched: number;
  readonly expected: number;
  readonly leftOut: readonly { readonly group: string; readonly count: number; readonly reason: string }[];
}

const KINDS: Readonly<Record<TakenWeights['kind'], string>> = {
  checkpoint: 'checkpoint',
  export: "this tool's export",
  safetensors: 'safetensors',
  torch: 'PyTorch file',
};

/** `runs/a/checkpoints/step-00000152.safetensors (checkpoint, sha256 0123456789ab)`. */
export function weightsTitle({ path, kind, sha256 }: Pick<TakenWeights, 'path' | 'kind' | 'sha256'>): string {
  return `${path} (${KINDS[kind]}, sha256 ${sha256.slice(0, 12)})`;
}

/** What of a file was taken and what was left out, as lines. */
export function weightsLines({ prefix, matched, expected, leftOut }: TakenWeights): string[] {
  const before = prefix === '' ? '' : `, by the prefix ${prefix}`;
  const groups = leftOut.map(({ group, count, reason }) => `${formatCount(count)} of ${group} (${reason})`);
  return [
    `${formatCount(matched)} of ${formatPlural(expected, 'tensor')} of the backbone matched${before}`,
    ...(groups.length > 0 ? [`left out: ${groups.join(', ')}`] : []),
  ];
}
