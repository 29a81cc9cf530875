import type { ImageRecord, ImageRecords } from '../../data/loading/image-records.ts';
import { formatCount } from '../../util/format-count.ts';
import { listNames } from '../../util/list-names.ts';
import { shorten } from '../../util/shorten.ts';
import { terminalText } from '../../util/terminal-text.ts';

/** Names of images that a line of changes shows. */
const MOST = 3;

/** Characters of a name that are shown. */
const LONGEST = 100;

/** What makes an image another one; undefined where nothing that both know differs. */
function differenceOf(before: ImageRecord, now: ImageRecord): string | undefined {
  const isKnown = before.bytes !== undefined && now.bytes !== undefined;
  if (isKnown && before.bytes !== now.bytes) {
    return `${formatCount(before.bytes as number)} -> ${formatCount(now.bytes as number)} bytes`;
  }
  if (before.hash === undefined || now.hash === undefined || before.hash === now.hash) return undefined;
  return isKnown ? 'the same size, another content' : 'another content';
}

function shown(name: string): string {
  return terminalText(shorten(name, LONGEST));
}

/** Records by their names; of a name that a list has several times the first has no number. */
function* numbered({ count, record }: ImageRecords): Generator<readonly [key: string, record: ImageRecord]> {
  const met = new Map<string, number>();
  for (let index = 0; index < count; index++) {
    const each = record(index);
    const times = met.get(each.name) ?? 0;
    met.set(each.name, times + 1);
    yield [times === 0 ? each.name : `${each.name} (${times + 1})`, each];
  }
}

/**
 * How images differ from those of before, a line each with counts and examples; none where nothing that was recorded of
 * both tells them apart.
 */
export function imageChanges(before: ImageRecords, now: ImageRecords): string[] {
  const known = new Map(numbered(before));
  const changed: string[] = [];
  const added: string[] = [];
  for (const [key, record] of numbered(now)) {
    const earlier = known.get(key);
    known.delete(key);
    if (earlier === undefined) added.push(shown(key));
    else {
      const difference = differenceOf(earlier, record);
      if (difference !== undefined) changed.push(`${shown(key)} (${difference})`);
    }
  }
  const gone = [...known.keys()].map(shown);
  const of = `of ${formatCount(before.count)}`;
  const lines = [
    changed.length > 0 && `${formatCount(changed.length)} ${of} changed: ${listNames(changed, MOST)}`,
    gone.length > 0 && `${formatCount(gone.length)} ${of} gone: ${listNames(gone, MOST)}`,
    added.length > 0 && `${formatCount(added.length)} new: ${listNames(added, MOST)}`,
  ].filter((line) => line !== false);
  return lines.length > 0 || isSameOrder(before, now) ? lines : ['the same images in another order'];
}

function isSameOrder(before: ImageRecords, now: ImageRecords): boolean {
  for (let index = 0; index < now.count; index++) {
    if (before.record(index).name !== now.record(index).name) return false;
  }
  return true;
}
