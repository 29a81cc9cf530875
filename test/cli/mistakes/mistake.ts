/**
 * A command as somebody types it, and what it answers, in the folder that `makePlayground` fills.
 *
 * Commands go through a shell with the programs on its path, as they do for users.
 */
export interface Mistake {
  readonly command: string;
  /** 2 unless given; 0 for a habit that is served. */
  readonly code?: number | undefined;
  /** The first lines of standard error, whole. */
  readonly says: readonly string[];
  /**
   * A command that works instead: the message names it whole, or the part of it that is in `named`. With it goes
   * `--dry-run` where that is an option, and `FOLDER` stands for the images.
   */
  readonly instead?: string | undefined;
  /** What the message has of `instead`; all of it unless given. */
  readonly named?: string | undefined;
}
