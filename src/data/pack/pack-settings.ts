/** How images are packed; equal settings and images give equal bytes. */
export interface PackSettings {
  /** Pixels of the short side to which larger images shrink. */
  readonly size: number;
  readonly format: 'jpeg' | 'raw';
  /** Of JPEG files that are not copied. */
  readonly quality: number;
  /** Bytes of a shard at most, unless one image has more. */
  readonly shardBytes: number;
  /** Seed of the order inside the shards; undefined: that of the images. */
  readonly shuffleSeed: number | undefined;
  /** Whether each image is accompanied by a `.json` file with its name and its class. */
  readonly hasNames: boolean;
}
