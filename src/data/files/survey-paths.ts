import { createNumberPacker, type Numbers } from '../../util/packed-numbers.ts';
import type { PackedTexts } from './packed-texts.ts';

/** What the paths of a list are like, as their bytes say. */
export interface PathSurvey {
  /** Which hold a backslash. */
  readonly withBackslash: Numbers;
  /**
   * Whether all are written in the one form that is wanted: no backslashes, no schemes or drives, no folders `.`, `..`
   * or without a name.
   */
  readonly isPlain: boolean;
  readonly isAscii: boolean;
  /** Whether all are relative, or all absolute. */
  readonly isAlike: boolean;
}

const [SLASH, BACKSLASH, COLON, DOT] = [0x2f, 0x5c, 0x3a, 0x2e];

/** What a byte is in a path. */
const [OTHER, PART_END, PART_DOT, NOT_PLAIN, WINDOWS, WIDE] = [0, 1, 2, 3, 4, 5];

const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === SLASH) return PART_END;
  if (byte === DOT) return PART_DOT;
  if (byte === COLON) return NOT_PLAIN;
  if (byte === BACKSLASH) return WINDOWS;
  return byte < 0x80 ? OTHER : WIDE;
});

/**
 * Looks once at all paths of a list, of which there may be millions: most lists need nothing else.
 *
 * @param longest bytes of a path in the wanted form.
 */
export function surveyPaths(paths: PackedTexts, longest: number): PathSurvey {
  const withBackslash = createNumberPacker();
  let [isPlain, isAscii, absolute] = [true, true, 0];
  const see = (block: Uint8Array, start: number, end: number): boolean => {
    let hasBackslash = false;
    const isAbsolute = block[start] === SLASH && end > start;
    if (isAbsolute) absolute++;
    if (end - start > longest) isPlain = false;
    // Where a part of the path begins, which must not be empty, nor with a dot.
    let isStart = true;
    for (let at = isAbsolute ? start + 1 : start; at < end; at++) {
      const kind = KINDS[block[at] as number] as number;
      if (kind === PART_END || kind === PART_DOT) {
        if (isStart) isPlain = false;
        isStart = kind === PART_END;
        continue;
      }
      isStart = false;
      if (kind === OTHER) continue;
      if (kind === WIDE) isAscii = false;
      else isPlain = false;
      if (kind === WINDOWS) hasBackslash = true;
    }
    if (isStart) isPlain = false;
    return hasBackslash;
  };
  for (let index = 0; index < paths.length; index++) if (paths.look(index, see)) withBackslash.add(index);
  const isAlike = absolute === 0 || absolute === paths.length;
  return { withBackslash: withBackslash.done(), isPlain, isAscii, isAlike };
}
