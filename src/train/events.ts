import type { Evaluation } from '../evaluate/evaluation.ts';

/** The weights that a run started from, in place of random ones: where they came from, and what of them was taken. */
export interface Lineage {
  /** The file that was read. */
  readonly path: string;
  /** The run folder whose newest checkpoint it was, where that was named. */
  readonly run?: string | undefined;
  readonly kind: 'checkpoint' | 'export' | 'safetensors' | 'torch';
  /** Of the file's bytes. */
  readonly sha256: string;
  /** Completed epochs behind the weights, where the file says so. */
  readonly epoch?: number | undefined;
  /** What names in the file had before those of the backbone. */
  readonly prefix: string;
  /** Tensors of the backbone that were found, of so many. */
  readonly matched: number;
  readonly expected: number;
  readonly leftOut: readonly { readonly group: string; readonly count: number; readonly reason: string }[];
  /** What starts anew: projector, optimizer and the like. */
  readonly fresh: readonly string[];
  /** What its own run had started from, where the file says so. */
  readonly before?: Lineage | undefined;
}

/**
 * What a training run tells its listeners, in order: `start`, then steps, epochs, evaluations,
 * checkpoints and warnings as they happen, then `end`. A `step` counts completed optimizer updates.
 */
export type TrainEvent =
  | {
      type: 'start';
      runFolder: string;
      device: string;
      precision: string;
      method: string;
      /** Trainable values in the backbone and its heads. */
      parameters: number;
      /** Training images an epoch draws from. */
      images: number;
      /** What was found, and how it is held. */
      data?: string | undefined;
      /** The weights that the run started from; absent where they were random. */
      init?: Lineage | undefined;
      stepsPerEpoch: number;
      epochs: number;
      totalSteps: number;
      /** Completed steps before this process began: 0, or the resumed checkpoint's. */
      startStep: number;
      /** Samples (images before views) per step. */
      batchSize: number;
      viewsPerImage: number;
      /** Loss of an encoder that cannot tell views apart, the line to fall below; absent where there is none. */
      chanceLoss?: number | undefined;
      /** How long TensorFlow will prepare the graph in the first step, as estimated; in seconds. */
      preparationSeconds?: number | undefined;
    }
  | {
      type: 'step';
      step: number;
      epoch: number;
      loss: number;
      learningRate: number;
      /** Over the last 20 steps; the first step of a process, which prepares the graph, counts while it is alone. */
      imagesPerSecond: number;
      /** Share of wall time spent waiting for data since the last step, 0 to 1. */
      waitShare: number;
      /** Further scalars by name, for example `embeddingStd` and `gradientNorm`. */
      metrics: Record<string, number>;
    }
  | {
      type: 'epoch';
      epoch: number;
      step: number;
      /** Mean loss over the epoch's steps. */
      loss: number;
      seconds: number;
      /** Without the first step of the process, unless it was the only one; so is `waitShare`. */
      imagesPerSecond: number;
      waitShare: number;
      /** Resident memory of the process at the epoch's end, in bytes. */
      rssBytes: number;
    }
  | { type: 'evaluation'; step: number; epoch: number; evaluation: Evaluation }
  | { type: 'checkpoint'; step: number; epoch: number; path: string; bytes: number }
  | {
      type: 'warning';
      step: number;
      message: string;
      hint?: string | undefined;
      /** Whether it concerns the whole run: it stands at the head of the report then. */
      alert?: boolean | undefined;
    }
  | {
      type: 'end';
      step: number;
      epoch: number;
      seconds: number;
      reason: 'finished' | 'interrupted' | 'failed';
      message?: string | undefined;
    };

/** One kind of event. */
export type EventOf<Type extends TrainEvent['type']> = Extract<TrainEvent, { type: Type }>;
