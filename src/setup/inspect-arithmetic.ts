import { type CpuArithmetic, cpuArithmetic } from '../util/cpu-arithmetic.ts';
import { halfPrecisionCost } from '../util/half-precision.ts';
import { type Finding, fine } from './finding.ts';

/** The processor's instruction sets, whether TensorFlow uses oneDNN, and which precision pays on the CPU. */
export function inspectArithmetic(
  expectsGpu: boolean,
  environment: NodeJS.ProcessEnv = process.env,
  root = '/',
): Finding[] {
  const cpu = cpuArithmetic(environment, root);
  return [inspectInstructionSets(cpu), inspectOneDnn(cpu, environment), inspectPrecision(cpu, expectsGpu)];
}

function inspectInstructionSets({ processorSets, instructionSets, limit }: CpuArithmetic): Finding {
  const found = processorSets.join(', ') || 'not told by the kernel';
  if (limit === undefined) return fine('Instructions', found);
  const used = instructionSets.join(', ') || 'none of these';
  return fine('Instructions', `${found}; ONEDNN_MAX_CPU_ISA=${limit} limits oneDNN to ${used}`);
}

function inspectOneDnn({ oneDnn }: CpuArithmetic, environment: NodeJS.ProcessEnv): Finding {
  if (oneDnn === undefined) return fine('oneDNN', 'as TensorFlow decides on this processor');
  const value = environment['TF_ENABLE_ONEDNN_OPTS'];
  const why = value === undefined ? 'the default' : `TF_ENABLE_ONEDNN_OPTS=${value}`;
  if (oneDnn) return fine('oneDNN', `on (${why})`);
  return {
    name: 'oneDNN',
    status: 'warning',
    found: `off (${why})`,
    hint: 'A step takes about twice the time without it: unset TF_ENABLE_ONEDNN_OPTS.',
  };
}

function inspectPrecision(cpu: CpuArithmetic, expectsGpu: boolean): Finding {
  const float16 = halfPrecisionCost('float16', cpu);
  const cost = halfPrecisionCost('bfloat16', cpu);
  if (cost === undefined) {
    const pays = cpu.oneDnn === undefined ? 'bfloat16 was not measured on this kind of CPU' : 'bfloat16 is the fastest';
    return fine('Precision', `on the CPU ${pays}; ${float16}`);
  }
  if (expectsGpu) return fine('Precision', `on the CPU ${cost}`);
  const hint = 'Train with float32, the default, on this CPU: `--set precision=float32`.';
  return { name: 'Precision', status: 'warning', found: cost, hint };
}
