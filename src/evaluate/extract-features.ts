/** Images in memory: uint8 [count, height, width, 3]. */
export interface ImageBatch {
  readonly data: Uint8Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/** Features float32 [count, width]. */
export interface Features {
  readonly features: Float32Array;
  readonly count: number;
  readonly width: number;
}

export interface ExtractOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Runs every image through `embed`, which takes exactly `batchSize` images [batchSize, h, w, 3] and gives their
 * features.
 *
 * The last batch is padded with black images whose features are dropped, so no image is left out. Throws a RangeError
 * when `embed` gives batches of different widths.
 */
export async function extractFeatures(
  embed: (batch: Uint8Array) => Promise<Float32Array>,
  images: ImageBatch,
  batchSize: number,
  options: ExtractOptions = {},
): Promise<Features> {
  const { data, count, height, width: columns } = images;
  const stride = height * columns * 3;
  let features = new Float32Array(0);
  let width = 0;
  for (let from = 0; from < count; from += batchSize) {
    options.signal?.throwIfAborted();
    const present = Math.min(batchSize, count - from);
    let batch = data.subarray(from * stride, (from + present) * stride);
    if (present < batchSize) {
      const padded = new Uint8Array(batchSize * stride);
      padded.set(batch);
      batch = padded;
    }
    const found = await embed(batch);
    if (from === 0) {
      width = found.length / batchSize;
      features = new Float32Array(count * width);
    }
    if (found.length !== batchSize * width) {
      throw new RangeError(`Expected ${batchSize} features of width ${width}, got ${found.length} values.`);
    }
    features.set(found.subarray(0, present * width), from * width);
    options.onProgress?.(from + present, count);
  }
  return { features, count, width };
}
