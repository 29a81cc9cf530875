/** Labels of text that are no classes, by all values together: which image shows it, and why. */
export interface NoClasses {
  readonly index: number;
  /** The end of "a.jpg ...". */
  readonly why: string;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Numbers of which some have a fraction are measurements, such as ages and scores. */
function findFraction(texts: readonly string[], distinct: ReadonlySet<string>): NoClasses | undefined {
  let fraction: string | undefined;
  for (const text of distinct) {
    if (!NUMBER.test(text)) return undefined;
    if (fraction === undefined && !Number.isInteger(Number(text))) fraction = text;
  }
  if (fraction === undefined) return undefined;
  return { index: texts.indexOf(fraction), why: `has ${fraction}, which is no class: is it a regression target?` };
}

/** What joins several labels of an image in one text; spaces do between numbers alone. */
const JOINTS = [/[|;]/, /,/, /\s+/];

const partsOf = (text: string, joint: RegExp): string[] => text.split(joint).map((part) => part.trim());

/**
 * Several labels in one text, such as `cat|dog` beside `cat` and `dog`. Texts with a bar are classes where their parts
 * never stand alone, as in `animal|cat` and `animal|dog`.
 */
function findCombination(texts: readonly string[], distinct: ReadonlySet<string>): NoClasses | undefined {
  for (const joint of JOINTS) {
    const joined = [...distinct].filter((text) => joint.test(text));
    const isList = (text: string): boolean => {
      const parts = partsOf(text, joint);
      if (joint.source === '\\s+' && !parts.every((part) => NUMBER.test(part))) return false;
      return parts.every((part) => distinct.has(part));
    };
    const found = joined.find(isList);
    // A few could be names by chance.
    if (found === undefined || joined.filter(isList).length < joined.length / 2) continue;
    return { index: texts.indexOf(found), why: `has several labels (${found})` };
  }
  return undefined;
}

/**
 * Whether labels that are all texts are no classes: numbers with fractions, or several labels in one text.
 *
 * @param texts one for each image.
 */
export function findNoClasses(texts: readonly string[]): NoClasses | undefined {
  const distinct = new Set(texts);
  return findFraction(texts, distinct) ?? findCombination(texts, distinct);
}
