/** Decoded pixels: uint8 [height, width, 3]. */
export interface RgbImage {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/** A crop in pixels: whole ones, but of an image that was decoded smaller. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}
