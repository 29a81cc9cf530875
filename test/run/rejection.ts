import { UserError } from '../../src/util/errors.ts';

/** What a user sees of the UserError that work ends in. */
export async function rejection(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [`exit ${error.exitCode}: ${error.message}`, ...(error.hint === undefined ? [] : [error.hint])].join('\n');
  }
  return 'no error';
}
