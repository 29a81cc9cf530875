/** What a process may take; Infinity where there is no limit. */
export interface Limits {
  readonly openFiles: number;
  /** Threads, those that run included. */
  readonly threads: number;
  /** Bytes. */
  readonly addressSpace: number;
  /** Bytes. */
  readonly fileSize: number;
}

/** The limits of this process: of open files as Node has raised it. */
export function readLimits(): Limits;

/** What of this process's limits is too little for a program, and what to do about it; undefined where nothing is. */
export function limitProblem(
  program: { readonly tensorflow: boolean },
  limits?: Limits | undefined,
  cores?: number | undefined,
): { readonly message: string; readonly hint: string } | undefined;
