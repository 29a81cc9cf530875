import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../util/errors.ts';
import { formatCount, formatPlural } from '../../util/format-count.ts';
import type { SetupProgress } from '../progress.ts';
import { type Bundle, type BundledFile, sumBytes } from './bundle-manifest.ts';

/** Damaged parts that are told one by one; a message has room for no more. */
const MOST_TOLD = 15;

/** Digits of a checksum that tell two apart. */
const DIGITS = 16;

interface Damage {
  readonly name: string;
  /** What was expected, and got; undefined for a part that is missing. */
  readonly why?: string | undefined;
}

/**
 * Checks all parts of a bundle, by name, size and SHA-256 (a few seconds), and says which files are none of them.
 *
 * @throws UserError naming every part that is missing or damaged.
 */
export async function checkParts(folder: string, { parts }: Bundle, progress: SetupProgress): Promise<void> {
  const total = sumBytes(parts);
  progress.begin('checking the parts', total, 0);
  const damages: Damage[] = [];
  let done = 0;
  for (const part of parts) {
    const damage = await damageOf(folder, part, (bytes) => progress.advance(done + bytes));
    if (damage !== undefined) damages.push(damage);
    done += part.size;
  }
  progress.end();
  const names = new Set(parts.map(({ path }) => path));
  const extra = (await readdir(folder)).filter((name) => name.startsWith('part-') && !names.has(name)).sort();
  if (extra.length > 0) progress.say(`Not of this bundle, and not read: ${inRanges(extra)}.`);
  if (damages.length > 0) throw explain(folder, damages, parts.length);
}

async function damageOf(
  folder: string,
  { path: name, size, sha256 }: BundledFile,
  onProgress: (bytes: number) => void,
): Promise<Damage | undefined> {
  try {
    const found = (await stat(join(folder, name))).size;
    if (found !== size) return { name, why: `expected ${formatCount(size)} bytes, got ${formatCount(found)}` };
    const hash = createHash('sha256');
    let read = 0;
    for await (const chunk of createReadStream(join(folder, name), { highWaterMark: 2 ** 20 })) {
      hash.update(chunk as Buffer);
      read += (chunk as Buffer).length;
      onProgress(read);
    }
    const digest = hash.digest('hex');
    if (digest === sha256) return undefined;
    return { name, why: `expected SHA-256 ${sha256.slice(0, DIGITS)}..., got ${digest.slice(0, DIGITS)}...` };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? { name } : { name, why: message };
  }
}

function explain(folder: string, damages: readonly Damage[], count: number): UserError {
  const missing = damages.filter(({ why }) => why === undefined).map(({ name }) => name);
  const damaged = damages.filter(({ why }) => why !== undefined);
  const lines = [
    ...(missing.length > 0 ? [`missing: ${inRanges(missing)}`] : []),
    ...damaged.slice(0, MOST_TOLD).map(({ name, why }) => `damaged: ${name}, ${why}`),
    ...(damaged.length > MOST_TOLD ? [`damaged: ${inRanges(damaged.slice(MOST_TOLD).map(({ name }) => name))}`] : []),
  ];
  const of = `${damages.length} of the ${formatPlural(count, 'part')} of the bundle in ${folder}`;
  return new UserError(`${of} can't be used; nothing was installed.\n  ${lines.join('\n  ')}`, {
    hint: 'Copy them again from where the bundle was made, then run the command again.',
  });
}

/** Names of parts, in order; those that follow each other as `part-0002 to part-0005`. */
function inRanges(names: readonly string[]): string {
  const ranges: [first: string, last: string][] = [];
  const numberOf = (name: string): number => Number(/\d+$/.exec(name)?.[0] ?? Number.NaN);
  for (const name of names) {
    const range = ranges.at(-1);
    if (range !== undefined && numberOf(name) === numberOf(range[1]) + 1) range[1] = name;
    else ranges.push([name, name]);
  }
  return ranges.map(([first, last]) => (first === last ? first : `${first} to ${last}`)).join(', ');
}
