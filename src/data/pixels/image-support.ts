import sharp from 'sharp';

/** Versions and formats of the image library. */
export interface ImageSupport {
  readonly sharp: string;
  readonly libvips: string;
  /** Formats that can be read from memory, such as `jpeg`. */
  readonly formats: readonly string[];
}

/** Says what sharp can read here. */
export function describeImageSupport(): ImageSupport {
  const formats = Object.values(sharp.format).filter(({ input }) => input.buffer);
  const { sharp: version = 'unknown', vips = 'unknown' } = sharp.versions;
  return { sharp: version, libvips: vips, formats: formats.map(({ id }) => id).sort() };
}
