import type { CropSettings } from '../config/view-settings.ts';
import type { Box } from '../data/pixels/resample.ts';
import type { Random } from '../util/rng.ts';

const ATTEMPTS = 10;

/**
 * A random crop, in whole pixels, of an image of that height and width, as torchvision's `RandomResizedCrop.get_params`
 * draws it.
 *
 * The area is uniform, the ratio of width to height log-uniform. After ten crops that don't fit: the largest central
 * crop whose ratio is in range.
 */
export function drawCrop(settings: CropSettings, height: number, width: number, random: Random): Box {
  const [smallest, largest] = settings.area;
  const [logLow, logHigh] = settings.ratio.map(Math.log) as [number, number];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = height * width * between(smallest, largest, random);
    const ratio = Math.exp(between(logLow, logHigh, random));
    const cropWidth = roundHalfEven(Math.sqrt(area * ratio));
    const cropHeight = roundHalfEven(Math.sqrt(area / ratio));
    if (cropWidth < 1 || cropWidth > width || cropHeight < 1 || cropHeight > height) continue;
    const top = random.integer(height - cropHeight + 1);
    const left = random.integer(width - cropWidth + 1);
    return { top, left, height: cropHeight, width: cropWidth };
  }
  return centralCrop(settings.ratio, height, width);
}

function centralCrop([low, high]: CropSettings['ratio'], height: number, width: number): Box {
  const ratio = width / height;
  const cropWidth = ratio > high ? Math.max(1, roundHalfEven(height * high)) : width;
  const cropHeight = ratio < low ? Math.max(1, roundHalfEven(width / low)) : height;
  return {
    top: Math.floor((height - cropHeight) / 2),
    left: Math.floor((width - cropWidth) / 2),
    height: cropHeight,
    width: cropWidth,
  };
}

/** A uniform draw from [low, high). */
export function between(low: number, high: number, random: Random): number {
  return low + (high - low) * random.uniform();
}

/** Python's rounding: halves go to the even neighbour. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
