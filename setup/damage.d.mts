/** What is wrong with this program's own files, and the command that repairs it. */
export interface Damage {
  readonly message: string;
  readonly hint: string;
}

/**
 * Says which file or package of this program is missing or damaged, and which command repairs it; undefined where the
 * error tells of something else.
 */
export function explainDamage(error: unknown): Damage | undefined;

/** What is said of a package that was found damaged, for a reason. */
export function explainDamagedPackage(name: string, why: string): Damage;
