import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '../../src/checkpoint/safetensors-write.ts';
import type { Case } from './interop-cases.ts';
import type { ComparedImages } from './interop-images.ts';
import { outputOf, relativeError, runTasks, type Task } from './interop-jobs.ts';
import { exportRun, firstOf, STATISTICS, type Tools } from './interop-round.ts';
import { writeRandomRun } from './interop-run.ts';

/** One step of Faster R-CNN with an exported body. */
export interface DetectorStep {
  readonly name: string;
  /** Whether BatchNorm is frozen and the first stages are, as torchvision's detectors have it. */
  readonly frozen: boolean;
  readonly loss: number;
  /** The first weight that is trained, the norm of its gradient, and how far it moved at most. */
  readonly first: string;
  readonly gradient: number;
  readonly moved: number;
  /** The largest difference of the ONNX pyramid from the body's stages, relative to the largest value of a stage. */
  readonly pyramid: number;
}

const STAGES = ['c2', 'c3', 'c4', 'c5'] as const;

/** Takes the pyramid of a ResNet into torchvision's Faster R-CNN with FPN, and makes a step of training. */
export async function trainDetector(
  each: Case,
  compared: ComparedImages,
  tools: Tools,
  work: string,
): Promise<readonly DetectorStep[]> {
  mkdirSync(work);
  const file = (name: string): string => join(work, name);
  const images = firstOf(compared.pixels[each.size], 2);
  await writeSafetensors(file('images.safetensors'), { images });
  await writeRandomRun(file('run'), each, compared.folder);
  await exportRun(file('run'), file('exported'), '--format', 'torchvision,onnx', '--features', 'pyramid');
  const tasks = [false, true].map(
    (frozen): Task => ({
      ...{ kind: 'detect', title: `${each.name}, Faster R-CNN`, output: file(`stages-${frozen}.safetensors`) },
      ...{ name: each.counterparts[0]?.name, frozen, kept: frozen ? ['conv1', 'bn1', 'layer1'] : [] },
      ...{ images: file('images.safetensors'), ...STATISTICS[each.normalize] },
      file: join(file('exported'), 'torchvision.safetensors'),
    }),
  );
  const { results } = await runTasks(tools, work, tasks);
  const session = await tools.onnx.InferenceSession.create(join(file('exported'), 'encoder.onnx'));
  const fed = new tools.onnx.Tensor('uint8', images.data as Uint8Array, images.shape);
  const stages = await session.run({ images: fed });
  await session.release();
  const steps: DetectorStep[] = [];
  for (const [i, said] of results.entries()) {
    const errors: number[] = [];
    for (const name of STAGES) {
      errors.push(relativeError(stages[name]?.data ?? [], (await outputOf(tasks[i] as Task, name)).data));
    }
    const step = said as unknown as Pick<DetectorStep, 'loss' | 'first' | 'gradient' | 'moved'>;
    steps.push({ name: each.name, frozen: i === 1, ...step, pyramid: Math.max(...errors) });
  }
  rmSync(work, { recursive: true });
  return steps;
}
