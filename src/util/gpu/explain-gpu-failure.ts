import { UserError } from '../errors.ts';
import { askNvidiaSmi } from './nvidia-smi.ts';
import { described, memoryProblem } from './out-of-memory.ts';
import { type GpuProcess, parseProcesses } from './parse-nvidia-smi.ts';
import { explainTensorflowWords } from './tensorflow-words.ts';

/** Milliseconds that the driver's tool has to say who holds the memory: the run has failed, and wants to end. */
const PATIENCE = 5000;

/**
 * What an error of TensorFlow means that tells of the GPU, as a UserError; the error itself where it tells of anything
 * else.
 *
 * Where memory ran out the driver's tool is asked, once, who else uses the card.
 */
export async function explainGpuFailure(error: unknown, processes = otherProcesses): Promise<unknown> {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  const room = described(error.message);
  const problem = room === undefined ? explainTensorflowWords(error.message) : memoryProblem(room, await processes());
  if (problem === undefined) return error;
  const doing = error.message.match(/^TensorFlow could not [^:\n]+/)?.[0] ?? 'TensorFlow failed';
  return new UserError(`${doing}: ${problem.problem}`, { hint: problem.hint, cause: error });
}

async function otherProcesses(): Promise<GpuProcess[]> {
  const { stdout } = await askNvidiaSmi('processes', { patience: PATIENCE });
  return parseProcesses(stdout).filter(({ pid }) => pid !== process.pid);
}
