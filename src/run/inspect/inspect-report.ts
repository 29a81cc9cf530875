import type { SplitReport } from '../../data/inspect/summarize.ts';
import type { Storage } from '../../data/loading/storage.ts';

/** An image by its split and name. */
export interface NamedImage {
  readonly split: string;
  readonly name: string;
  /** Class name; null without labels. */
  readonly class: string | null;
}

/** Images with equal size and pixels, however they are encoded. */
export interface DuplicateReport {
  /** Images that repeat an earlier one of their own split. */
  readonly within: Readonly<Record<string, number>>;
  /** Test images whose pixels are also a training image's. */
  readonly testInTrain: number;
  /** Groups whose images have different classes. */
  readonly conflictingLabels: number;
  readonly groups: number;
  /** The first groups, those that join training and test first. */
  readonly examples: readonly (readonly NamedImage[])[];
}

/** What `cl-data inspect --json` prints. */
export interface InspectReport {
  readonly version: 1;
  readonly path: string;
  readonly description: string;
  /** Images of each split that were decoded at most; null for all. */
  readonly sample: number | null;
  readonly splits: { readonly train: SplitReport; readonly test: SplitReport | null };
  readonly duplicates: DuplicateReport;
  readonly storage: StorageReport;
  readonly seconds: number;
  readonly imagesPerSecond: number;
  readonly cores: number;
  readonly warnings: readonly string[];
  readonly hints: readonly Hint[];
}

/** How training would hold the training images. */
export interface StorageReport {
  readonly kind: Storage['kind'];
  readonly decodedBytes: number;
  /** In words, with the reason. */
  readonly text: string;
}

/** What to do, and the words to type where that is one line. */
export interface Hint {
  readonly text: string;
  readonly command: string | null;
}

/** What advice is given from. */
export type Inspected = Omit<InspectReport, 'warnings' | 'hints'>;
