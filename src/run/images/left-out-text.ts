import type { SkippedImage } from '../../data/sources/bad-images.ts';

/** What a run says of an image that it leaves out. */
export function leftOutText({ name, reason }: SkippedImage): string {
  return `left out ${name}: it ${reason}`;
}
