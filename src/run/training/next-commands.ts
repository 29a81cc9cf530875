import { shellWord } from '../../util/shell-word.ts';
import type { EvaluationKind } from '../evaluation/evaluate-encoder.ts';

/** A run that has finished, and what it has done at its end. */
export interface FinishedRun {
  /** The run folder, as the user named it. */
  readonly output: string;
  /** Protocols that its images allow, and those of them that it was asked for. */
  readonly allowed: readonly EvaluationKind[];
  readonly asked: readonly EvaluationKind[];
  /** Formats that it has been exported to. */
  readonly exported: readonly string[];
}

/** Commands that use the encoder of a run that has finished, without what the run has done itself. */
export function nextCommands({ output, allowed, asked, exported }: FinishedRun): string[] {
  const run = shellWord(output.startsWith('-') ? `./${output}` : output);
  const inside = (name: string): string =>
    shellWord(`${output.startsWith('-') ? './' : ''}${output.replace(/\/+$/, '')}/${name}`);
  const evaluations = allowed.filter((kind) => !asked.includes(kind));
  return [
    ...evaluations.map((kind) => `cl-eval ${kind} --run ${run}`),
    `cl-embed --run ${run} --output ${inside('features.parquet')}`,
    ...(exported.includes('onnx') ? [] : [`cl-export --run ${run} --format onnx --output ${inside('onnx')}`]),
  ];
}

/** The same as lines for people. */
export function nextLines(run: FinishedRun): string[] {
  return nextCommands(run).map((command, index) => `${index === 0 ? 'next: ' : '      '}${command}`);
}
