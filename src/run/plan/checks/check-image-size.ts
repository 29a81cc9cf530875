/** How many times as large as a view an image may be, or a view as an image, before somebody should know. */
const MOST = 3;

/**
 * Warns of views that keep little of the images, or are blown up from them.
 *
 * @param side of the shorter side of a typical image, pixels; undefined where it is not known.
 */
export function imageSizeWarnings(side: number | undefined, viewSize: number): string[] {
  if (side === undefined) return [];
  if (side > MOST * viewSize) {
    return [
      `views.size: ${viewSize} pixels show little of images of ${side} (shorter side, typical): details are lost; usual for photographs: 224, as in the preset simclr-imagenet100`,
    ];
  }
  if (viewSize <= MOST * side) return [];
  return [
    `views.size: ${viewSize} pixels are blown up from images of ${side} (shorter side, typical), which takes time and shows no more; usual: about their size, as in the preset simclr for 32`,
  ];
}
