import type { DataConfig } from '../../config/run-config.ts';
import { LEAST_SIDE } from '../../data/inspect/empty-images.ts';
import { isInFile, type OddImages } from '../../data/inspect/odd-images.ts';
import { formatPercent } from '../../report/format.ts';
import { printable } from '../../report/printable.ts';
import { formatCount, formatPlural } from '../../util/format-count.ts';
import { callPrograms } from '../../util/program-command.ts';
import { shellWord } from '../../util/shell-word.ts';
import type { Hint, Inspected } from './inspect-report.ts';

/** Images of the largest class for one of the smallest, from which on accuracies mislead. */
const UNEQUAL = 10;
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

/** How to leave images out: the command where there is one. */
function leaveOut({ example, patterns }: OddImages): string {
  if (patterns.length > 0) {
    return `: to leave them out, --set ${printable(shellWord(`data.exclude=${JSON.stringify(patterns)}`))}`;
  }
  return isInFile(example) ? '' : ': data.exclude leaves files out';
}

/** Images that are most likely not what the user believes that they are: too dark, masks, or empty. */
function strangeImages(viewSize: number, { splits }: Inspected): string[] {
  return Object.entries(splits).flatMap(([name, split]) => {
    if (split === null) return [];
    const { dark, masks, tiny, uniform, traits, inspected, bad } = split;
    const isDark = dark !== null && dark.images > traits.sixteenBit / 2;
    const counted = ({ images }: OddImages, has: string, have: string): string =>
      `${formatPlural(images, `${name} image`)} (${formatPercent(images / inspected)}) ${images === 1 ? has : have}`;
    const isAll = ({ images }: OddImages): boolean => images === inspected - bad.length;
    return [
      ...(isDark
        ? [
            `${formatPlural(dark.images, `${name} image`)} of 16 bits hold values of ${dark.bits} bits at most, but for a few hot pixels: their views are nearly black. Shift the values up first (in NumPy: image.clip(max=${2 ** dark.bits - 1}) << ${16 - dark.bits})`,
          ]
        : []),
      ...(masks === null
        ? []
        : [
            `${counted(masks, 'has', 'have')} few colours, as masks and label maps do, beside photographs, such as ${printable(masks.example)}${leaveOut(masks)}`,
          ]),
      ...(tiny === null
        ? []
        : [
            `${counted(tiny, 'has', 'have')} a side below ${LEAST_SIDE} pixels, such as ${printable(tiny.example)}, and ${tiny.images === 1 ? 'shows' : 'show'} nothing in views of ${viewSize}${isAll(tiny) ? '' : leaveOut(tiny)}`,
          ]),
      ...(uniform === null
        ? []
        : [
            `${counted(uniform, 'is', 'are')} of a single colour, such as ${printable(uniform.example)}, and ${uniform.images === 1 ? 'teaches' : 'teach'} nothing${isAll(uniform) ? ': look at how the files were written, there is nothing to learn from them' : leaveOut(uniform)}`,
          ]),
    ];
  });
}

/** What a researcher should know before training on these images. */
export function inspectionWarnings(data: DataConfig, viewSize: number, report: Inspected): string[] {
  return [...badImages(data, report), ...strangeImages(viewSize, report), ...duplicates(report), ...labels(report)];
}

/** What to do with these images. */
export function inspectionHints(viewSize: number, { splits: { train }, storage }: Inspected): Hint[] {
  const { sizes, channels } = train;
  const hints: Hint[] = [];
  // A deviation of 0, of images that are all alike, can't be divided by.
  if (channels?.std.every((value) => Number(value.toFixed(4)) > 0)) {
    const numbers = (values: readonly number[]): string => values.map((value) => Number(value.toFixed(4))).join(', ');
    hints.push({
      text: "normalise with these images' own statistics",
      command: `--set 'views.normalize={mean: [${numbers(channels.mean)}], std: [${numbers(channels.std)}]}'`,
    });
  }
  if (sizes === null) return hints;
  const short = Math.min(sizes.width.median, sizes.height.median);
  if (short >= LEAST_SIDE && short < viewSize) {
    hints.push({
      text: `half of the images or more have a side below the ${viewSize} pixels of views, so that even whole ones are enlarged`,
      command: `--set views.size=${short}`,
    });
  }
  if (storage.kind === 'streamed' && short > LARGE * viewSize) {
    hints.push({
      text: `images are much larger than views of ${viewSize} pixels: shards of smaller ones decode faster`,
      command: callPrograms('cl-data pack IMAGES SHARDS'),
    });
  }
  return hints;
}
