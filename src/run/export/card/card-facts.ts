import type { MethodConfig, OptimizerConfig, ScheduleConfig, ViewsConfig } from '../../../config/run-config.ts';
import type { Evaluation } from '../../../evaluate/evaluation.ts';
import type { EncoderDescription } from '../description.ts';
import type { ExportChoice } from '../export-choice.ts';
import type { ExportedEncoder } from '../exported-encoder.ts';
import type { VerificationImages } from '../verification-images.ts';

/** The images that a run learned from, as far as they are known. */
export interface DataFacts {
  /** Of the folder or file, never where it lies. */
  readonly name: string;
  /** How they lie there, such as `class folders`; undefined where they can't be opened any more. */
  readonly kind: string | undefined;
  /** Training images that were drawn from. */
  readonly images: number | undefined;
  readonly testImages: number | undefined;
  /** Empty without labels, or where they are not known. */
  readonly classes: readonly string[];
  /** The settings that chose among them, in words. */
  readonly selection: readonly string[];
}

/** How a run learned: the sections of its settings that matter, and a text of all of them. */
export interface TrainingFacts {
  readonly method: MethodConfig;
  readonly optimizer: OptimizerConfig;
  readonly schedule: ScheduleConfig;
  readonly views: ViewsConfig;
  readonly precision: string;
  readonly seed: number;
  /** The settings that training depends on, without any path, as YAML. */
  readonly settingsText: string;
}

/** The weights that a run began from. */
export interface Lineage {
  /** Of the file or run, never where it lies. */
  readonly name: string;
  readonly kind: string;
  readonly sha256: string;
}

/** Everything that a card says. */
export interface CardFacts {
  readonly encoder: ExportedEncoder;
  readonly description: EncoderDescription;
  readonly choice: ExportChoice;
  readonly training: TrainingFacts;
  readonly data: DataFacts;
  /** Of this checkpoint, and its floors. */
  readonly evaluations: readonly Evaluation[];
  readonly lineage: Lineage | undefined;
  readonly verification: VerificationImages;
  /** `cl-train 0.1.0`. */
  readonly tool: string;
}
