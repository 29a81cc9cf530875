/** What network disks answer while they are away, and disks that are being mounted. */
const PASSING: ReadonlySet<string> = new Set([
  ...['EIO', 'ESTALE', 'ETIMEDOUT', 'ENOTCONN', 'EHOSTDOWN', 'EAGAIN'],
  ...['EHOSTUNREACH', 'ENETDOWN', 'ENETUNREACH', 'ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'EREMOTEIO', 'ENODEV'],
]);

/** Whether an error of this code may pass without anyone changing a file. */
export function mayPass(code: string): boolean {
  return PASSING.has(code);
}

/** Whether an error of this code says that there is no space left for this user. */
export function isDiskFull(code: string | undefined): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** The code of the error of the system behind an error, however often it was explained; undefined for others. */
export function systemCode(error: unknown): string | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string') return each.code;
  }
  return undefined;
}

/** Whether an error is one of the operating system: a full disk, no permission, no more descriptors. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
