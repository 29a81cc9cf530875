import { formatCount } from '../../../util/format-count.ts';
import type { DataFacts } from './card-facts.ts';
import { escapeMarkdown, table } from './markdown.ts';

/** Classes that are named; the others are counted. */
const MOST_CLASSES = 100;

function classWords(classes: readonly string[]): string {
  const named = classes.slice(0, MOST_CLASSES).map(escapeMarkdown).join(', ');
  const more = classes.length - MOST_CLASSES;
  return `${formatCount(classes.length)}: ${named}${more > 0 ? `, and ${formatCount(more)} more` : ''}`;
}

/** What the encoder learned from. */
export function dataSection({ name, kind, images, testImages, classes, selection }: DataFacts): string {
  const rows = [
    ['name', `${escapeMarkdown(name)}${kind === undefined ? '' : ` (${escapeMarkdown(kind)})`}`],
    ['training images', images === undefined ? 'not known' : formatCount(images)],
    ['test images', testImages === undefined ? (kind === undefined ? 'not known' : 'none') : formatCount(testImages)],
    ['classes', classes.length > 0 ? classWords(classes) : kind === undefined ? 'not known' : 'no labels'],
    ...(selection.length > 0 ? [['chosen by', escapeMarkdown(selection.join('; '))]] : []),
  ];
  const gone =
    kind === undefined
      ? '\n\nThe data could not be opened any more when this was exported; what is not known is missing.'
      : '';
  const used = classes.length > 0 ? '\n\nPretraining did not use the labels; evaluations do.' : '';
  return `## Data\n\n${table(['', ''], rows)}${used}${gone}`;
}
