import type { Interpolation } from '../../config/view-settings.ts';
import { isJpeg } from './content.ts';
import { canShrink, decodeRgb, decodeShrunk, type ImageHeader, readHeader } from './decode.ts';
import { evaluationTransform, keepsImages, transformImage } from './evaluation-transform.ts';
import { claimedPixels, withRoom } from './large-images.ts';
import { type Box, type RgbImage, resampleBox } from './resample.ts';
import type { StoredImage } from './stored-image.ts';

/** How a crop is resized: to a square of `size` pixels. */
export interface CropTarget {
  readonly size: number;
  readonly interpolation: Interpolation;
}

/**
 * How many times smaller than it is a JPEG may be decoded for crops (4 or 8; 2 would save nothing).
 *
 * The rest of the shrinking, at least twofold, is left to the resampler, which hides what the decoder does otherwise:
 * less than one level of 255 on average.
 */
function shrinkFor(boxes: readonly Box[], targets: readonly CropTarget[], header: ImageHeader): 4 | 8 | undefined {
  const scales = boxes.map((box, i) => Math.min(box.height, box.width) / (targets[i] as CropTarget).size);
  return ([8, 4] as const).find((shrink) => Math.min(...scales) >= 2 * shrink && canShrink(header, shrink));
}

/** Pixels below which an image is certainly decoded whole: asking for its orientation takes 0.2 ms. */
function leastPixels(targets: readonly CropTarget[]): number {
  return (8 * Math.max(...targets.map(({ size }) => size))) ** 2;
}

/** Decodes an image, smaller where its crops allow it, with the crops' boxes in it. */
async function decodeForCrops(
  bytes: StoredImage,
  boxesFor: (height: number, width: number) => readonly Box[],
  targets: readonly CropTarget[],
): Promise<{ image: RgbImage; boxes: readonly Box[] }> {
  const checked = (height: number, width: number): readonly Box[] => {
    const boxes = boxesFor(height, width);
    if (boxes.length === targets.length) return boxes;
    throw new RangeError(`expected ${targets.length} boxes, got ${boxes.length}`);
  };
  if (bytes instanceof Uint8Array && isJpeg(bytes) && claimedPixels(bytes) >= leastPixels(targets)) {
    const header = await readHeader(bytes);
    const boxes = checked(header.height, header.width);
    const shrink = shrinkFor(boxes, targets, header);
    if (shrink !== undefined) {
      const image = await decodeShrunk(bytes, header, shrink);
      return { image, boxes: boxes.map((box) => shrinkBox(box, shrink, image)) };
    }
  }
  const image = await decodeRgb(bytes);
  return { image, boxes: checked(image.height, image.width) };
}

function shrinkBox(box: Box, shrink: number, image: RgbImage): Box {
  const [top, left] = [box.top / shrink, box.left / shrink];
  return {
    top,
    left,
    height: Math.min(box.height / shrink, image.height - top),
    width: Math.min(box.width / shrink, image.width - left),
  };
}

/**
 * Decodes an image once and resizes each of its crops to its target: uint8 [size, size, 3].
 *
 * The boxes, one a target, depend on the image's size, so they are asked for when it is known. Large JPEGs of which
 * large crops are taken are decoded at a quarter or an eighth of their size; all others whole, so that crops equal
 * those of the decoded image.
 *
 * @param outputs where the crops go, one a target; new memory if they aren't given.
 * @throws DecodeProblem as decodeRgb does; RangeError when the boxes are more or fewer than the targets.
 */
export async function decodeCrops(
  bytes: StoredImage,
  boxesFor: (height: number, width: number) => readonly Box[],
  targets: readonly CropTarget[],
  outputs?: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  return withRoom(bytes, async () => {
    const { image, boxes } = await decodeForCrops(bytes, boxesFor, targets);
    return targets.map(({ size, interpolation }, i) =>
      resampleBox(image, boxes[i] as Box, { height: size, width: size }, interpolation, outputs?.[i]),
    );
  });
}

/**
 * Decodes an image for evaluation, whole and transformed as `evaluationTransform` says: uint8 [size, size, 3].
 *
 * Large JPEGs too are decoded at their full size, which takes up to four times as long: pixels must not depend on who
 * decoded them.
 *
 * @throws DecodeProblem as decodeRgb does.
 */
export function decodeResized(bytes: StoredImage, size: number, interpolation: Interpolation): Promise<Uint8Array> {
  const transform = evaluationTransform(size, interpolation);
  return withRoom(bytes, async () => {
    const image = await decodeRgb(bytes);
    return keepsImages(transform, image) ? image.data : transformImage(image, transform);
  });
}
