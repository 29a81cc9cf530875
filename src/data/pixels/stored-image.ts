import type { RgbImage } from './resample.ts';

/** One image as a format holds it: an encoded file (JPEG, PNG or WebP), or decoded pixels. */
export type StoredImage = Uint8Array | RgbImage;
