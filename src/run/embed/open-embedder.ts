import type { RunConfig } from '../../config/run-config.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { note } from '../../util/notices.ts';
import { checkEnvironment } from '../assembly/environment.ts';
import { buildModel } from '../assembly/model.ts';
import { sessionOptions } from '../assembly/session-options.ts';
import { type Embed, embedWith } from '../encoder/embed-images.ts';
import { createEncoderProgram } from '../encoder/encoder-program.ts';
import { type EncoderPlace, openEncoder } from '../encoder/open-encoder.ts';
import { type EvaluationView, evaluationView } from '../views/evaluation-view.ts';
import { embeddingNetwork, type FeatureKind } from './embedding-network.ts';

/** Which encoder, and what of it. */
export interface EmbedderOptions extends EncoderPlace {
  readonly features: FeatureKind;
  readonly signal: AbortSignal;
}

/** An encoder that is ready to make rows. */
export interface Embedder {
  /** The file that it comes from. */
  readonly path: string;
  readonly config: RunConfig;
  readonly view: EvaluationView;
  /** Values of a row. */
  readonly width: number;
  readonly tensors: Readonly<Record<string, HostTensor>>;
  /** Loads TensorFlow, and runs `work` with what turns images into rows. */
  run<T>(work: (embed: Embed) => Promise<T>): Promise<T>;
}

/**
 * Opens an encoder without loading TensorFlow; what was guessed about it is told on standard error.
 *
 * @throws UserError for what a user can mend.
 */
export async function openEmbedder(options: EmbedderOptions): Promise<Embedder> {
  const opened = await openEncoder(options, options.signal);
  for (const message of opened.origin.notes) note(message);
  const { config, path } = opened;
  checkEnvironment(config.device);
  const model = buildModel(config);
  const view = evaluationView(config.views);
  const { width, tensors, projector } = embeddingNetwork(opened, model, options.features);
  return {
    path,
    config,
    view,
    width,
    tensors,
    async run(work) {
      const parts = { encoder: model, view, projector, session: sessionOptions(config) };
      const program = await createEncoderProgram(parts, tensors);
      try {
        return await work(embedWith(program, view));
      } finally {
        program.close();
      }
    },
  };
}
