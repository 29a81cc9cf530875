/** Labels of text that are no classes, by all values together: which text shows it, and why. */
export interface NoClasses {
  readonly text: string;
  /** The end of "a.jpg ...". */
  readonly why: string;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Numbers of which some have a fraction are measurements, such as ages and scores. */
function findFraction(distinct: ReadonlySet<string>): NoClasses | undefined {
  let fraction: string | undefined;
  for (const text of distinct) {
    if (!NUMBER.test(text)) return undefined;
    if (fraction === undefined && !Number.isInteger(Number(text))) fraction = text;
  }
  if (fraction === undefined) return undefined;
  return { text: fraction, why: `has ${fraction}, which is no class: is it a regression target?` };
}

/** What may join several labels of an image in one text. */
interface Joint {
  readonly pattern: RegExp;
  /** How many different texts must be joined by it, of parts that all stand alone. */
  readonly least: number;
  /** Whether it joins numbers alone. */
  readonly ofNumbers: boolean;
}

/** Bars and commas hardly stand in names; the others do, as in `hot dog` beside `hot` and `dog`. */
const JOINTS: readonly Joint[] = [
  { pattern: /[|;]/, least: 1, ofNumbers: false },
  { pattern: /,/, least: 1, ofNumbers: false },
  { pattern: /\s+/, least: 1, ofNumbers: true },
  { pattern: /[+&/]|\s+and\s+/i, least: 2, ofNumbers: false },
  { pattern: /\s+/, least: 2, ofNumbers: false },
];

/**
 * Several labels in one text, such as `cat|dog` beside `cat` and `dog`. Texts with a bar are classes where their parts
 * never stand alone, as in `animal|cat` and `animal|dog`.
 */
function findCombination(distinct: ReadonlySet<string>): NoClasses | undefined {
  for (const { pattern, least, ofNumbers } of JOINTS) {
    const joined = [...distinct].filter((text) => pattern.test(text));
    const lists = joined.filter((text) => {
      const parts = text.split(pattern).map((part) => part.trim());
      return parts.every((part) => distinct.has(part) && (!ofNumbers || NUMBER.test(part)));
    });
    const [found] = lists;
    // A few could be names by chance.
    if (found === undefined || lists.length < Math.max(least, joined.length / 2)) continue;
    return { text: found, why: `has several labels (${found})` };
  }
  return undefined;
}

/**
 * Whether labels that are all texts are no classes: numbers with fractions, or several labels in one text.
 *
 * @param distinct the texts that differ.
 */
export function findNoClasses(distinct: ReadonlySet<string>): NoClasses | undefined {
  return findFraction(distinct) ?? findCombination(distinct);
}
