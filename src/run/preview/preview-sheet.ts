import type { ViewDraw } from '../../augment/draw.ts';
import type { SheetBand } from '../../data/sheet/contact-sheet.ts';
import { printable } from '../../report/printable.ts';
import { describeView } from '../views/describe-view.ts';
import type { PreviewImage } from './preview-images.ts';
import type { PreviewSource, PreviewView } from './preview-views.ts';

const LETTERS = { brightness: 'b', contrast: 'c', saturation: 's' } as const;

/** What the letters and boxes mean. */
export const LEGEND =
  'Boxes on the original: the crops, in the colours of their views. Jitter in the order in which it is applied: b brightness, c contrast, s saturation (factors), h hue (degrees). Blur: sigma in pixels.';

/** What was drawn for a view of an image with so many pixels, a line each. */
export function drawNotes({ crop, flip, jitter, grey, blur, solarize }: ViewDraw, pixels: number): string[] {
  const area = `crop ${Math.round((100 * crop.height * crop.width) / pixels)} %`;
  const factors = jitter?.order.map((name) =>
    name === 'hue' ? `h${signed(Math.round(360 * jitter.hue))}°` : `${LETTERS[name]}${jitter[name].toFixed(2)}`,
  );
  const others = [grey && 'grey', blur && `blur ${blur.sigma.toFixed(1)}`, solarize !== undefined && 'solarize'].filter(
    (text) => typeof text === 'string',
  );
  return [flip ? `${area}, flip` : area, factors?.join(' ') ?? 'no jitter', others.join(', ')].filter(
    (line) => line !== '',
  );
}

const signed = (value: number): string => (value < 0 ? `${value}` : `+${value}`);

/** The last characters of a long name. */
function shortened(name: string): string {
  const shown = printable(name, {});
  return shown.length <= 40 ? shown : `...${shown.slice(-37)}`;
}

function columnTitle({ kind, number, epoch }: PreviewView, firstEpoch: number): string {
  return epoch === firstEpoch ? `${kind} ${number}` : `${kind} ${number}, epoch ${epoch}`;
}

/** What views are, a line each. */
function settingLines({ views: { groups }, seed }: BandSource, epoch: number): string[] {
  const [large, small] = groups;
  const [first, second] = (large?.settings ?? []).map(describeView) as [string, string];
  const side = large?.plan.size;
  return [
    ...(first === second ? [first] : [`view 1: ${first}`, `view 2: ${second}`]),
    ...(small?.settings ?? []).slice(0, 1).map((view) => {
      return `small: ${view.size} x ${view.size} pixels, ${describeView(view)}`;
    }),
    `${side} x ${side} pixels, seed ${seed}, epoch ${epoch}`,
  ];
}

/** What a band of a sheet was made from. */
type BandSource = Pick<PreviewSource, 'images' | 'views' | 'seed'>;

/** Images and their views as a band of a contact sheet. */
export function previewBand(
  title: string,
  from: BandSource,
  chosen: readonly PreviewImage[],
  views: readonly (readonly PreviewView[])[],
): SheetBand {
  const { source } = from.images;
  const [first = []] = views;
  const epoch = first[0]?.epoch ?? 0;
  return {
    title,
    notes: settingLines(from, epoch),
    columns: ['original', ...first.map((view) => columnTitle(view, epoch))],
    rows: chosen.map(({ index, image }, row) => {
      const label = source.labels?.[index];
      const name = shortened(source.name(index));
      const size = `${image.width} x ${image.height}`;
      return {
        original: image,
        notes: label === undefined ? [name, size] : [shortened(source.classes[label] ?? ''), name, size],
        views: (views[row] ?? []).map((view) => ({
          image: view.image,
          crop: view.draw.crop,
          notes: drawNotes(view.draw, image.height * image.width),
        })),
      };
    }),
  };
}
