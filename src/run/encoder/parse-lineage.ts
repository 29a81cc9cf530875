import type { Lineage } from '../../train/events.ts';

const TEXTS = ['path', 'kind', 'sha256', 'prefix'] as const;
const NUMBERS = ['matched', 'expected'] as const;

/** What a checkpoint says of the weights that its run started from; undefined for nothing, and for no such record. */
export function parseLineage(value: unknown): Lineage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const record = value as Readonly<Record<string, unknown>>;
  const isRecord =
    TEXTS.every((key) => typeof record[key] === 'string') &&
    NUMBERS.every((key) => typeof record[key] === 'number') &&
    Array.isArray(record['leftOut']) &&
    Array.isArray(record['fresh']);
  return isRecord ? (value as Lineage) : undefined;
}
