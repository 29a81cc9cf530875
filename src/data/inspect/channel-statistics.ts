import type { PixelSums } from './image-facts.ts';

type Channels = readonly [number, number, number];

/** Mean and standard deviation of red, green and blue on the [0, 1] scale. */
export interface ChannelStatistics {
  readonly mean: Channels;
  /** Over all pixels (divided by their number, not one less). */
  readonly std: Channels;
  readonly pixels: number;
}

/** Gathers pixels of many images; every pixel counts once, so that a larger image counts for more. */
export interface ChannelSums {
  add(pixels: PixelSums): void;
  /** Undefined without pixels. */
  statistics(): ChannelStatistics | undefined;
}

/** The quotient of two integers to about 15 digits, wherever they are beyond a float64's integers. */
function ratio(dividend: bigint, divisor: bigint): number {
  const scale = 10n ** 18n;
  return Number((dividend * scale) / divisor) / 1e18;
}

/** Sums in integers of any size, so that neither the order of the images nor their number rounds anything. */
export function createChannelSums(): ChannelSums {
  let count = 0n;
  const sums = [0n, 0n, 0n];
  const squares = [0n, 0n, 0n];
  return {
    add(pixels) {
      count += BigInt(pixels.count);
      for (let c = 0; c < 3; c++) {
        sums[c] = (sums[c] as bigint) + BigInt(pixels.sums[c] as number);
        squares[c] = (squares[c] as bigint) + BigInt(pixels.squares[c] as number);
      }
    },
    statistics() {
      if (count === 0n) return undefined;
      const mean = sums.map((sum) => ratio(sum, count * 255n));
      const std = sums.map((sum, c) => {
        const variance = count * (squares[c] as bigint) - sum * sum;
        return Math.sqrt(ratio(variance, count * count * 65025n));
      });
      return { mean: mean as unknown as Channels, std: std as unknown as Channels, pixels: Number(count) };
    },
  };
}
