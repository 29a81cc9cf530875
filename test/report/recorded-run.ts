import type { Evaluation } from '../../src/evaluate/evaluation.ts';
import { createMetricsFile } from '../../src/report/metrics-jsonl.ts';
import type { RunEnvironment } from '../../src/report/run-summary.ts';
import type { TrainEvent } from '../../src/train/events.ts';

export const hostile = '"><script>alert(1)</script>&amp;<img src=x onerror=alert(2)>';

export const environment: RunEnvironment = {
  node: '20.19.0',
  tensorflow: '2.21.0',
  platform: 'linux-x64',
  device: 'cpu',
  precision: 'float32',
  cpu: 'A processor',
  cores: 2,
  memoryBytes: 25e9,
  versions: { sharp: '0.35.5' },
};

export function evaluation(
  subject: Evaluation['subject'],
  top1: number,
  interval: [number, number],
  name = 'knn',
): Evaluation {
  return {
    name,
    subject,
    top1,
    n: 2000,
    interval,
    protocol: { description: 'k nearest neighbours on frozen features.', k: 20 },
  };
}

export const results: Evaluation[] = [
  evaluation('pretrained', 0.441, [0.419, 0.463]),
  evaluation('untrained', 0.27, [0.251, 0.29]),
  evaluation('pixels', 0.301, [0.281, 0.321]),
  evaluation('pretrained', 0.512, [0.49, 0.534], 'linear-probe'),
  evaluation('untrained', 0.337, [0.316, 0.358], 'linear-probe'),
];

export const start: Extract<TrainEvent, { type: 'start' }> = {
  type: 'start',
  runFolder: 'runs/one',
  device: 'cpu',
  precision: 'float32',
  method: 'SimCLR',
  parameters: 11_500_000,
  images: 4000,
  stepsPerEpoch: 10,
  epochs: 3,
  totalSteps: 30,
  startStep: 0,
  batchSize: 64,
  viewsPerImage: 2,
  chanceLoss: Math.log(127),
};

export function stepEvent(step: number): Extract<TrainEvent, { type: 'step' }> {
  return {
    type: 'step',
    step,
    epoch: Math.ceil(step / start.stepsPerEpoch),
    loss: 4.9 - step / 20,
    learningRate: 0.3 * (1 - step / 30),
    imagesPerSecond: 131,
    waitShare: 0.02,
    metrics: { embeddingStd: step / 400, gradientNorm: 1 + 3 / step },
  };
}

/** What a run of three epochs sends, from its start to step `last`. */
export function* runEvents(last = 30): Generator<TrainEvent> {
  yield start;
  for (let step = 1; step <= last; step++) {
    yield stepEvent(step);
    if (step % 10 !== 0) continue;
    const epoch = step / 10;
    yield { type: 'epoch', epoch, step, loss: 4.5, seconds: 5, imagesPerSecond: 130, waitShare: 0.03, rssBytes: 1.7e9 };
    yield { type: 'evaluation', step, epoch, evaluation: evaluation('pretrained', (300 + step) / 1000, [0.28, 0.35]) };
    yield { type: 'checkpoint', step, epoch, path: `checkpoints/step-${step}.safetensors`, bytes: 138e6 };
  }
  if (last === 30) yield { type: 'end', step: 30, epoch: 3, seconds: 15.2, reason: 'finished' };
}

/** Writes the whole run's metrics to `path`. */
export async function recordRun(path: string, more: readonly TrainEvent[] = []): Promise<void> {
  const metrics = await createMetricsFile(path);
  for (const event of [...runEvents(), ...more]) await metrics.handle(event);
  await metrics.close();
}
