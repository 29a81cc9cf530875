/** What stands for bytes of a name that are not UTF-8. */
export const REPLACEMENT = '\ufffd';

/** The code of an error of the system, such as ENOENT; '' for others. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** What network disks answer while they are away, and disks that are being mounted. */
const PASSING: ReadonlySet<string> = new Set([
  ...['EIO', 'ESTALE', 'ETIMEDOUT', 'ENOTCONN', 'EHOSTDOWN', 'EAGAIN'],
  ...['EHOSTUNREACH', 'ENETDOWN', 'ENETUNREACH', 'ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'EREMOTEIO', 'ENODEV'],
]);

/** Whether an error of this code may pass without anyone changing a file. */
export function mayPass(code: string): boolean {
  return PASSING.has(code);
}
