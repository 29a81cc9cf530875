import type { Random } from '../../src/util/rng.ts';

/** A damaged file, and what was done to it. */
export interface Damaged {
  readonly path: string;
  /** The kind of damage; the table has a row for each. */
  readonly kind: string;
}

/** What came of reading a damaged file. */
export interface Outcome {
  /** Read; refused by a message for users; failed with anything else; or the process ended, or hung. */
  readonly how: 'read' | 'refused' | 'failed' | 'ended';
  /** The message of the error, with its hint. */
  readonly message: string;
  readonly seconds: number;
  /** The most memory that the process held meanwhile, all of it. */
  readonly peakBytes: number;
}

/** One sort of files that are damaged, such as checkpoints. */
export interface DamagePart {
  /** A module whose `read(path)` reads a file as the programs do; it runs in a process of its own. */
  readonly reader: URL;
  /** Seconds after which the process counts as hung. */
  readonly patience: number;
  /** Makes a damaged file in an empty folder; equal streams give equal files. */
  make(index: number, random: Random, folder: string): Promise<Damaged>;
  /** What is wrong with an outcome; undefined where nothing is. */
  problem(outcome: Outcome, damaged: Damaged): string | undefined;
}

/** Bounds of an outcome. */
export interface Limits {
  readonly seconds: number;
  readonly bytes: number;
  readonly characters: number;
}

/** What is beyond the bounds, or neither read nor refused in words. */
export function beyond({ how, message, seconds, peakBytes }: Outcome, limits: Limits): string | undefined {
  if (how === 'failed' || how === 'ended') return `${how}: ${message.slice(0, 300)}`;
  if (seconds > limits.seconds) return `took ${seconds.toFixed(2)} s`;
  if (peakBytes > limits.bytes) return `took ${Math.round(peakBytes / 2 ** 20)} MiB`;
  if (message.length > limits.characters) return `a message of ${message.length} characters`;
  return undefined;
}
