import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from './capture.ts';
import type { Case } from './interop-cases.ts';
import type { ComparedImages } from './interop-images.ts';
import { exportRun, type Tools } from './interop-round.ts';
import { writeRandomRun } from './interop-run.ts';

/** The loss of each step of `examples/fine-tune.py`, on an export and the bundled images. */
export async function runFineTuning(
  each: Case,
  compared: ComparedImages,
  { python, packages }: Tools,
  work: string,
): Promise<readonly number[]> {
  mkdirSync(work);
  const [run, exported] = [join(work, 'run'), join(work, 'exported')];
  await writeRandomRun(run, each, compared.folder);
  await exportRun(run, exported, '--format', 'torchvision');
  const script = [join('examples', 'fine-tune.py'), exported, join(compared.folder, 'test')];
  const text = await capture(python, script, { env: { ...process.env, PYTHONPATH: packages } });
  rmSync(work, { recursive: true });
  return [...text.matchAll(/^step \d+: loss (\S+)$/gm)].map(([, loss]) => Number(loss));
}
