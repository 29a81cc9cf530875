import { listCheckpoints } from '../../checkpoint/checkpoint-folder.ts';
import { UserError } from '../../util/errors.ts';
import { resumeCommand } from '../../util/resume-command.ts';
import { checkPlace } from '../folder/check-place.ts';
import { checkInitKept } from '../folder/keep-init.ts';
import { checkRunFolder, holdsRun, type RunFolder } from '../folder/run-folder.ts';

/** How a run would use its folder. */
export interface PlannedUse {
  readonly resume: boolean | 'auto';
  readonly overwrite: boolean;
}

/** What there is to know of a run folder before a run. */
export interface JudgedFolder {
  /** Whether no run has been started in it yet. */
  readonly isNew: boolean;
  readonly warnings: readonly string[];
}

/**
 * Judges a run folder without changing anything: one that is taken is a warning, since a plan says no less for it.
 *
 * @param given the folder as the user names it.
 * @throws UserError as the run does: where nothing can be written, or there is nothing to resume.
 */
export async function judgeFolder(
  folder: RunFolder,
  { given, init, resume, overwrite }: PlannedUse & { readonly given: string; readonly init?: string | undefined },
): Promise<JudgedFolder> {
  await checkPlace(folder.path);
  const isNew = !(await holdsRun(folder));
  if (resume === true) await checkRunFolder(folder, { resume, overwrite: false });
  if (overwrite && init !== undefined) checkInitKept(folder, init);
  if (isNew || resume !== false || overwrite) return { isNew, warnings: [] };
  return { isNew, warnings: [await takenWarning(folder, given)] };
}

async function takenWarning(folder: RunFolder, given: string): Promise<string> {
  const refusal = await checkRunFolder(folder, { resume: false, overwrite: false }).then(
    () => '',
    (error: unknown) => {
      if (error instanceof UserError) return error.message;
      throw error;
    },
  );
  const canResume = (await listCheckpoints(folder.checkpoints)).length > 0;
  const resumed = canResume ? `${resumeCommand(given)} goes on with it, ` : '';
  return `${refusal}: ${resumed}--overwrite starts anew, --output puts the run elsewhere`;
}
