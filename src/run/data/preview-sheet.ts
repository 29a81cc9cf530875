import type { ViewDraw } from '../../augment/draw.ts';
import type { RunConfig } from '../../config/run-config.ts';
import { smallViewSettings, viewSettings } from '../../config/views.ts';
import type { SheetBand } from '../../data/sheet/contact-sheet.ts';
import type { ImageSource } from '../../data/sources/image-source.ts';
import { printable } from '../../report/printable.ts';
import { describeView } from '../plan-text.ts';
import type { PreviewImage } from './preview-images.ts';
import type { PreviewView } from './preview-views.ts';

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

/** What the views of a configuration are, a line each. */
function settingLines({ views, seed }: RunConfig, epoch: number): string[] {
  const [first, second] = viewSettings(views).map(describeView) as [string, string];
  const large = first === second ? [first] : [`view 1: ${first}`, `view 2: ${second}`];
  const [small] = smallViewSettings(views);
  const size = `${views.size} x ${views.size} pixels, seed ${seed}, epoch ${epoch}`;
  return [...large, ...(small ? [`small: ${small.size} x ${small.size} pixels, ${describeView(small)}`] : []), size];
}

/** Images and their views as a band of a contact sheet. */
export function previewBand(
  title: string,
  config: RunConfig,
  source: ImageSource,
  chosen: readonly PreviewImage[],
  views: readonly (readonly PreviewView[])[],
): SheetBand {
  const [first = []] = views;
  const epoch = first[0]?.epoch ?? 0;
  return {
    title,
    notes: settingLines(config, epoch),
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
