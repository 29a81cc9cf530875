import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Assignment } from '../config/assignment.ts';
import { UserError } from '../util/errors.ts';
import { newestRuns, runHint } from '../util/run-hint.ts';
import { shellWord } from '../util/shell-word.ts';
import { type Experiment, experimentOf, LIST_HINT, presetChoice } from './preset-path.ts';

/** The value of `--resume` that leaves to the folder whether a run starts or goes on. */
export const AUTO = 'auto';

/** What of a command line says which experiment is meant. */
interface Choice {
  readonly config: string | undefined;
  readonly resume: string | true | undefined;
  /** The option that named it, if any. */
  readonly label: string | undefined;
}

/** The experiment that `--config`, a word, or the folder of `--resume` names. @throws UserError (exit code 2). */
export function chooseConfig({ config, resume, label }: Choice, settings: readonly Assignment[]): Experiment {
  if (config !== undefined) return experimentOf(config, label);
  if (resume === AUTO) {
    throw new UserError(
      '--resume auto: expected --config FILE, which a run that is not there yet starts by, got none',
      {
        hint: 'for example cl-train quickstart --output runs/a --resume auto; a folder of that name is ./auto',
        exitCode: 2,
      },
    );
  }
  if (typeof resume === 'string') {
    const path = join(resume, 'config.yaml');
    if (existsSync(path)) return { path };
    throw new UserError(`--resume: expected a run folder with config.yaml, got ${resume}`, {
      hint: runHint(resume),
      exitCode: 2,
    });
  }
  if (resume === true) {
    const [newest] = newestRuns();
    throw new UserError('--resume: expected the run folder, or --config FILE, got neither', {
      exitCode: 2,
      hint: `${newest === undefined ? 'for example' : 'the newest run here:'} cl-train --resume ${shellWord(newest ?? 'runs/simclr')}`,
    });
  }
  const data = settings.find(({ key }) => key === 'data.path')?.text;
  throw new UserError('expected the name of a preset or --config FILE, got nothing', {
    exitCode: 2,
    hint:
      data !== undefined
        ? presetChoice(data)
        : `for example cl-train quickstart, which has its images with it; ${LIST_HINT}`,
  });
}

/** Throws a UserError (exit code 2) where nothing names the images of a preset that has none with it. */
export async function checkImages({ path, preset }: Experiment, settings: readonly Assignment[]): Promise<void> {
  if (preset === undefined || settings.some(({ key }) => key === 'data.path' || key === 'data')) return;
  const [{ readYaml }, { member }] = await Promise.all([
    import('../config/yaml-file.ts'),
    import('../config/schema-walk.ts'),
  ]);
  if (member(readYaml(path).value['data'], 'path') !== undefined) return;
  throw new UserError(`${preset}: expected images to train on, got none`, {
    exitCode: 2,
    hint: `name their folder, or an archive: cl-train ${preset} FOLDER`,
  });
}
