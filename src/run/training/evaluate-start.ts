import type { HostTensor } from '../../runtime/host-tensor.ts';
import type { EventOf } from '../../train/events.ts';
import type { EvaluationParts } from '../assembly/resolve-run.ts';
import { encoderTensors } from '../encoder/encoder-program.ts';
import { type EvaluationRequest, evaluateEncoder } from '../evaluation/evaluate-encoder.ts';

/**
 * Evaluates the weights that a run starts from, before its first step: they may be gone when it has ended, and those of
 * a run that is resumed are.
 *
 * @returns events of step 0; fewer where the signal aborts.
 */
export async function evaluateStart(
  parts: EvaluationParts,
  request: Omit<EvaluationRequest, 'subject'>,
  state: Readonly<Record<string, HostTensor>>,
): Promise<readonly EventOf<'evaluation'>[]> {
  if (request.kinds.length === 0) return [];
  try {
    const evaluations = await evaluateEncoder(parts, { ...request, subject: 'start' }, encoderTensors(state));
    return evaluations.map((evaluation) => ({ type: 'evaluation', step: 0, epoch: 0, evaluation }));
  } catch (error) {
    // The loop ends in order, and saves.
    if (request.signal.aborted) return [];
    throw error;
  }
}
