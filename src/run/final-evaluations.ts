import type { Evaluation } from '../evaluate/evaluation.ts';
import type { HostTensor } from '../runtime/host-tensor.ts';
import type { Program } from '../runtime/program.ts';
import { type EvaluationKind, type EvaluationRequest, evaluateEncoder, evaluatePixels } from './evaluations.ts';
import { encoderTensors } from './training-program.ts';

/**
 * The evaluations at the end of a run: the trained encoder, and the floors that it has to beat.
 *
 * `initial` is the state before the first step. Evaluations come as they are made.
 */
export async function* finalEvaluations(
  request: Omit<EvaluationRequest, 'kinds' | 'subject'>,
  program: Program,
  initial: Readonly<Record<string, HostTensor>>,
): AsyncGenerator<Evaluation> {
  const { knn, linearProbe, floors } = request.config.evaluate;
  const kinds: EvaluationKind[] = [
    ...(knn.everyEpochs > 0 ? (['knn'] as const) : []),
    ...(linearProbe ? (['linear-probe'] as const) : []),
  ];
  if (kinds.length === 0) return;
  const trained = encoderTensors(await program.read());
  yield* await evaluateEncoder({ ...request, kinds, subject: 'pretrained' }, trained);
  if (!floors) return;
  const { epoch: _, ...untrained } = request;
  yield* await evaluateEncoder({ ...untrained, kinds, subject: 'untrained' }, encoderTensors(initial));
  yield* await evaluatePixels({ ...untrained, kinds });
}
