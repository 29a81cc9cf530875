import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { type Checkpoint, type Json, readCheckpoint } from '../../checkpoint/checkpoint.ts';
import { countNotFinite } from '../../checkpoint/not-finite.ts';
import { UserError } from '../../util/errors.ts';
import { hashFile } from '../../util/hash-file.ts';
import { callPrograms } from '../../util/program-command.ts';
import { resumeCommand } from '../../util/resume-command.ts';
import { shellWord } from '../../util/shell-word.ts';

/** What a checkpoint holds under the first part of its tensors' names, such as `backbone`. */
export interface CheckpointGroup {
  readonly name: string;
  readonly tensors: number;
  readonly bytes: number;
}

/** A checkpoint file as it was found. */
export interface CheckpointReport {
  readonly path: string;
  /** Whether a run can go on from it. */
  readonly ok: boolean;
  /** Why not. */
  readonly problem?: string | undefined;
  readonly hint?: string | undefined;
  readonly bytes?: number | undefined;
  /** Of the file's bytes, as `sha256sum` prints it. */
  readonly sha256?: string | undefined;
  /** What it says of itself; undefined where it can't be read. */
  readonly holds?: CheckpointFacts | undefined;
  /** Commands that take it. */
  readonly uses: readonly string[];
}

/** What a checkpoint says of itself. */
export interface CheckpointFacts {
  readonly step: number;
  readonly epoch: number;
  readonly seed: number;
  readonly toolVersion: string;
  readonly method: string | undefined;
  readonly backbone: string | undefined;
  /** Training images that its run drew from. */
  readonly images: number | undefined;
  readonly tensors: number;
  readonly bytes: number;
  readonly groups: readonly CheckpointGroup[];
  /** Tensors with NaN or infinite values. */
  readonly notFinite: readonly { readonly name: string; readonly count: number; readonly of: number }[];
}

/**
 * Reads a checkpoint, checks all of it, and says what it is and what can be done with it.
 *
 * Takes the memory of the file. What is wrong with it is a part of the answer.
 */
export async function describeCheckpoint(path: string): Promise<CheckpointReport> {
  try {
    const [{ size: bytes }, checkpoint] = [await stat(path), await readCheckpoint(path, { allowNotFinite: true })];
    const holds = factsOf(checkpoint);
    const known = { path, bytes, sha256: await hashFile(path), holds };
    if (holds.notFinite.length === 0) return { ...known, ok: true, uses: usesOf(path).map(callPrograms) };
    const problem = 'values are NaN or infinite: training had diverged, and nothing goes on from it';
    return { ...known, ok: false, problem, uses: [callPrograms(evaluation(path))] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const problem = error.message.replace(`Cannot read ${path}: `, '');
    return {
      path,
      ok: false,
      problem,
      hint: error.hint ?? 'Delete it, or copy it back from where it is good.',
      uses: [],
    };
  }
}

function factsOf({ tensors, progress, toolVersion }: Checkpoint): CheckpointFacts {
  const groups = new Map<string, CheckpointGroup>();
  for (const [name, { data }] of Object.entries(tensors)) {
    const group = name.split('.', 1)[0] as string;
    const { tensors: count = 0, bytes = 0 } = groups.get(group) ?? {};
    groups.set(group, { name: group, tensors: count + 1, bytes: bytes + data.byteLength });
  }
  const all = [...groups.values()].sort((a, b) => b.bytes - a.bytes);
  const { step, epoch, seed, images, settings } = progress;
  return {
    ...{ step, epoch, seed, toolVersion },
    method: nameIn(settings, 'method'),
    backbone: nameIn(settings, 'backbone'),
    images: typeof images === 'number' ? images : undefined,
    tensors: Object.keys(tensors).length,
    bytes: all.reduce((sum, each) => sum + each.bytes, 0),
    groups: all,
    notFinite: Object.entries(tensors).flatMap(([name, tensor]) => {
      const count = countNotFinite(tensor);
      return count === 0 ? [] : [{ name, count, of: tensor.data.length }];
    }),
  };
}

/** The name in a section of settings that another version may have written. */
function nameIn(settings: Json | undefined, section: string): string | undefined {
  const { name } = ((settings as Record<string, { name?: unknown } | null> | null)?.[section] ?? {}) as {
    name?: unknown;
  };
  return typeof name === 'string' ? name : undefined;
}

const evaluation = (path: string): string => `cl-eval knn --weights ${shellWord(path)} --data FOLDER`;

/** Commands that take a good checkpoint; those of a run need its settings, which lie beside the folder. */
function usesOf(path: string): string[] {
  const file = shellWord(path);
  const begin = `cl-train --config FILE --data FOLDER --init ${file}`;
  const folder = dirname(resolve(path));
  const isOfRun = basename(folder) === 'checkpoints' && existsSync(join(folder, '..', 'config.yaml'));
  if (!isOfRun) return [evaluation(path), begin];
  return [
    resumeCommand(isAbsolute(path) ? dirname(dirname(path)) : relative('', resolve(folder, '..')) || '.'),
    `cl-eval knn --checkpoint ${file}`,
    `cl-export --checkpoint ${file} --format onnx --output FOLDER`,
    begin,
  ];
}
