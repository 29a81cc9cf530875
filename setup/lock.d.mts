/** Who owns a lock. */
export interface LockOwner {
  readonly host: string;
  /** Its process id there. */
  readonly process: number;
  /** Since when, ISO 8601 in UTC. */
  readonly since: string;
}

/** A lock that this process owns. */
export interface Lock {
  /** Gives it back: the file is gone, unless another process has taken it over. */
  release(): Promise<void>;
}

export interface LockOptions {
  /** Hears once of an owner that can't be checked, before it is watched for up to `silentMs`. */
  readonly onWatch: (owner: LockOwner) => void;
  /** Hears that another process has taken the lock over, which took this one for dead. */
  readonly onLost: (owner: LockOwner | undefined) => void;
  /** Milliseconds without a renewal after which such an owner counts as gone (default `SILENT_MS`). */
  readonly silentMs?: number | undefined;
  /** Milliseconds between two renewals (default 10,000). */
  readonly heartbeatMs?: number | undefined;
  /** Ends the watching. */
  readonly signal?: AbortSignal | undefined;
}

/** A lock that this process owns now, or the owner of it. */
export type LockOutcome =
  | {
      readonly lock: Lock;
      /** The owner that left the lock behind, if there was one that it named. */
      readonly before: LockOwner | undefined;
    }
  | {
      readonly lock?: undefined;
      readonly owner: LockOwner | undefined;
      /** Whether its process id means a process of this machine, container and start. */
      readonly isHere: boolean;
    };

/** Milliseconds without a renewal after which a lock counts as left behind whose owner can't be checked otherwise. */
export const SILENT_MS: number;

/**
 * Owns the lock file, or tells who does: of any number of processes that try at once, one owns it.
 *
 * A lock whose process is gone is taken over at once, also where its process id was given again. Whether a process of
 * another machine or container lives can't be asked: it is alive when it renews the lock, and gone when it was watched
 * for `silentMs` and did not. Throws errors of the system, such as ENOENT where the folder is missing, and an AbortError.
 */
export function tryLock(path: string, options: LockOptions): Promise<LockOutcome>;

/**
 * Runs `work` while this process alone owns the lock file; waits for another owner, telling `onWait` who it is once.
 * What left a lock behind is recognised as by `tryLock`.
 */
export function withLock<T>(path: string, onWait: (owner: string) => void, work: () => Promise<T>): Promise<T>;
