/** What stands for bytes of a name that are not UTF-8. */
export const REPLACEMENT = '\ufffd';

/** The code of an error of the system, such as ENOENT; '' for others. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
