import { Option } from '@commander-js/extra-typings';
import type { Assignment } from '../config/assignment.ts';
import type { RunConfig } from '../config/run-config.ts';
import { UserError } from '../util/errors.ts';
import { note } from '../util/notices.ts';
import { assignmentsOf, set } from './option-kinds.ts';
import { experimentOf } from './preset-path.ts';
import { relaunchWithEnvironment } from './relaunch.ts';

/** `--config FILE`, which says which images are meant. */
export const IMAGES_CONFIG = new Option(
  '-c, --config <file>',
  'experiment file (YAML), or the name of a preset, whose images are meant',
);

/** `--set`, for programs that work on images. */
export const IMAGES_SET = set('change a setting, for example --set data.fraction=0.1; repeatable, the last one wins');

interface ImageOptions {
  readonly config?: string | undefined;
  readonly set: readonly Assignment[];
}

/**
 * The configuration that says which images are meant, as `cl-train` would open them: of a file or of the defaults, with
 * `path` in place of its `data.path`. The process has been started again in the environment that TensorFlow needs.
 *
 * @param example of the command, for whoever named no images.
 * @throws UserError (exit code 2) for wrong settings, or where neither a path nor a file names images; the signal's
 *   reason.
 */
export async function loadConfigAndRelaunch(
  path: string | undefined,
  options: ImageOptions,
  example: string,
  signal: AbortSignal,
): Promise<RunConfig> {
  const { loadConfig, bareConfig } = await import('../config/load.ts');
  const given = path === undefined ? [] : [{ label: 'PATH', key: 'data.path', text: path }];
  const assignments = [...assignmentsOf(options), ...given];
  if (options.config === undefined && !assignments.some(({ key }) => key === 'data.path')) {
    throw new UserError('expected images (a path, or --config FILE), got neither', {
      exitCode: 2,
      hint: `for example ${example}`,
    });
  }
  const { config: file } = options;
  const found = file === undefined ? undefined : experimentOf(file, '--config');
  const notes = found?.note === undefined ? [] : [found.note];
  const config =
    found === undefined
      ? bareConfig(assignments)
      : loadConfig(found.path, assignments, (message) => notes.push(message));
  await relaunchWithEnvironment(signal);
  for (const message of notes) note(message);
  return config;
}
