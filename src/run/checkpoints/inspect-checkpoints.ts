import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { listCheckpoints } from '../../checkpoint/checkpoint-folder.ts';
import { printableJson } from '../../report/printable.ts';
import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';
import { writeText } from '../../util/write-text.ts';
import { checkpointText } from './checkpoint-text.ts';
import { type CheckpointReport, describeCheckpoint } from './describe-checkpoint.ts';

const PLACES = 'Name a file, its folder, or a run folder: cl-doctor checkpoint runs/NAME';

/** The checkpoint files at a path: a file, a folder of them, or a run folder, whose newest comes last. */
async function checkpointsAt(path: string): Promise<string[]> {
  if (!existsSync(path)) {
    throw new UserError(`expected a checkpoint, or a run folder, got ${path}, which does not exist`, {
      hint: PLACES,
      exitCode: 2,
    });
  }
  if (!statSync(path).isDirectory()) return [path];
  const inside = join(path, 'checkpoints');
  const folder = existsSync(inside) ? inside : path;
  const files = await listCheckpoints(folder);
  if (files.length > 0) return files.map((file) => file.path);
  throw new UserError(`expected checkpoints (step-*.safetensors) in ${folder}, found none`, {
    hint: PLACES,
    exitCode: 2,
  });
}

/**
 * Verifies and describes checkpoints, one after the other, on standard output.
 *
 * @throws UserError (exit code 1) where one is damaged, (2) where there is none.
 */
export async function inspectCheckpoints(path: string, { json }: { readonly json: boolean }): Promise<void> {
  const reports: CheckpointReport[] = [];
  for (const file of await checkpointsAt(path)) {
    const report = await describeCheckpoint(file);
    reports.push(report);
    if (!json) writeText(process.stdout, checkpointText(report));
  }
  const damaged = reports.filter(({ ok }) => !ok);
  if (json) process.stdout.write(`${printableJson({ ok: damaged.length === 0, checkpoints: reports })}\n`);
  if (damaged.length === 0) return;
  throw new UserError(
    `${formatPlural(damaged.length, 'checkpoint')} of ${reports.length} can't be gone on from`,
    reports.length > damaged.length ? { hint: 'cl-train --resume takes the newest of the others by itself.' } : {},
  );
}
