import type { DataConfig } from '../../config/run-config.ts';
import { formatPercent } from '../../report/format.ts';
import { printable } from '../../report/printable.ts';
import { formatCount, formatPlural } from '../../util/format-count.ts';
import { shellWord } from '../../util/shell-word.ts';
import type { Hint, Inspected } from './inspect-report.ts';

/** Images of the largest class for one of the smallest, from which on accuracies mislead. */
const UNEQUAL = 10;
/** The least that views.size may be. */
const SMALLEST_VIEW = 8;
/** Short side of an image by that of a view, from which on decoding costs far more than the crop needs. */
const LARGE = 1.5;

function listed(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).map((name) => printable(name));
  return `${shown.join(', ')}${names.length > most ? ', ...' : ''}`;
}

function badImages({ maxBadShare }: DataConfig, { splits }: Inspected): string[] {
  return Object.entries(splits).flatMap(([name, split]) => {
    if (split === null || split.bad.length === 0) return [];
    const share = split.bad.length / split.inspected;
    const stops = share > maxBadShare && split.bad.length > 1;
    const limit = `data.maxBadShare is ${formatPercent(maxBadShare)}`;
    return stops ? [`${formatPercent(share)} of the ${name} images are bad, and a run would stop: ${limit}`] : [];
  });
}

function labels({ splits: { train, test } }: Inspected): string[] {
  if (train.classes === null) return [];
  const { min, max, images } = train.classes;
  const without = (counts: Readonly<Record<string, number>>): string[] =>
    Object.keys(counts).filter((name) => counts[name] === 0);
  const [untrained, untested] = [without(images), test?.classes ? without(test.classes.images) : []];
  const ratio = min > 0 && max / min >= UNEQUAL;
  return [
    ...(ratio
      ? [`classes are very unequal: the largest has ${formatCount(max / min)} times the images of the smallest`]
      : []),
    ...(train.classes.classes === 1
      ? [
          `all images are of one class (${listed(Object.keys(images))}): kNN and linear probe would be right for each, which says nothing`,
        ]
      : []),
    ...(untrained.length > 0 ? [`classes without training images: ${listed(untrained)}`] : []),
    ...(untested.length > 0 ? [`classes without test images: ${listed(untested)}`] : []),
    ...(test !== null && test.classes === null
      ? ['test images have no labels, so nothing can be evaluated on them']
      : []),
  ];
}

function duplicates({ duplicates: { testInTrain, conflictingLabels }, splits: { test } }: Inspected): string[] {
  const share = test === null ? 0 : testInTrain / Math.max(1, test.inspected);
  return [
    ...(testInTrain > 0
      ? [
          `${formatPlural(testInTrain, 'test image')} (${formatPercent(share)}) also ${testInTrain === 1 ? 'is' : 'are'} among the training images: accuracies would be too good`,
        ]
      : []),
    ...(conflictingLabels > 0
      ? [`${formatPlural(conflictingLabels, 'group')} of equal images with different classes: some labels are wrong`]
      : []),
  ];
}

/** Images that are most likely not what the user believes that they are: too dark, or masks. */
function strangeImages({ splits }: Inspected): string[] {
  return Object.entries(splits).flatMap(([name, split]) => {
    if (split === null) return [];
    const { dark, masks, traits, inspected } = split;
    const isDark = dark !== null && dark.images > traits.sixteenBit / 2;
    const exclude = masks === null ? '' : shellWord(`data.exclude=${JSON.stringify(masks.patterns)}`);
    return [
      ...(isDark
        ? [
            `${formatPlural(dark.images, `${name} image`)} of 16 bits hold values of ${dark.bits} bits at most, but for a few hot pixels: their views are nearly black. Shift the values up first (in NumPy: image.clip(max=${2 ** dark.bits - 1}) << ${16 - dark.bits})`,
          ]
        : []),
      ...(masks === null
        ? []
        : [
            `${formatPlural(masks.images, `${name} image`)} (${formatPercent(masks.images / inspected)}) ${masks.images === 1 ? 'has' : 'have'} few colours, as masks and label maps do, beside photographs, such as ${printable(masks.example)}${masks.patterns.length === 0 ? ': data.exclude leaves files out' : `: to leave them out, --set ${printable(exclude)}`}`,
          ]),
    ];
  });
}

/** What a researcher should know before training on these images. */
export function inspectionWarnings(data: DataConfig, report: Inspected): string[] {
  return [...badImages(data, report), ...strangeImages(report), ...duplicates(report), ...labels(report)];
}

/** What to do with these images. */
export function inspectionHints(viewSize: number, { splits: { train }, storage }: Inspected): Hint[] {
  const { sizes, channels } = train;
  const hints: Hint[] = [];
  if (channels !== null) {
    const numbers = (values: readonly number[]): string => values.map((value) => Number(value.toFixed(4))).join(', ');
    hints.push({
      text: "normalise with these images' own statistics",
      command: `--set 'views.normalize={mean: [${numbers(channels.mean)}], std: [${numbers(channels.std)}]}'`,
    });
  }
  if (sizes === null) return hints;
  const short = Math.min(sizes.width.median, sizes.height.median);
  if (short < viewSize) {
    hints.push({
      text: `half of the images or more have a side below the ${viewSize} pixels of views, so that even whole ones are enlarged`,
      command: `--set views.size=${Math.max(SMALLEST_VIEW, short)}`,
    });
  }
  if (storage.kind === 'streamed' && short > LARGE * viewSize) {
    hints.push({
      text: `images are much larger than views of ${viewSize} pixels: shards of smaller ones decode faster`,
      command: 'cl-data pack IMAGES SHARDS',
    });
  }
  return hints;
}
