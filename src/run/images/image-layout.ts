import type { LoadedImages } from '../../data/loading/loaded-images.ts';

/** How images reach the device: whole and of one size, or as crops that the host has made. */
export type ImageLayout =
  | { readonly kind: 'whole'; readonly height: number; readonly width: number }
  | { readonly kind: 'crops' };

/** The layout of images that are held at one size, or else streamed. */
export function layoutOf(loaded: LoadedImages | undefined): ImageLayout {
  if (loaded === undefined) return { kind: 'crops' };
  const { height, width } = loaded.images;
  return { kind: 'whole', height, width };
}
