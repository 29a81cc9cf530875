import { UserError } from '../../util/errors.ts';
import type { RgbImage } from '../pixels/resample.ts';
import type { Bytes } from './bytes.ts';

/** How the pixels of a raw image lie in its bytes. */
export interface PixelLayout {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /**
   * Channels side by side ([h, w, c]), plane by plane ([c, h, w]), or plane by plane and column by column ([c, w, h]).
   */
  readonly order: 'interleaved' | 'planes' | 'planes of columns';
}

/** Decoded pixels as RGB: uint8 [height, width, 3], copied; grey is repeated. */
export function toRgb(pixels: Uint8Array, { height, width, channels, order }: PixelLayout): RgbImage {
  const area = height * width;
  if (channels === 3 && order === 'interleaved') return { data: pixels.slice(0, area * 3), height, width };
  const data = new Uint8Array(area * 3);
  const [green, blue] = channels === 1 ? [0, 0] : [area, 2 * area];
  const [rowStep, columnStep] = order === 'planes of columns' ? [1, height] : [width, 1];
  let to = 0;
  // Raw pixels that are read in place go through here in every batch.
  for (let y = 0; y < height; y++) {
    for (let x = 0, from = y * rowStep; x < width; x++, from += columnStep) {
      data[to++] = pixels[from] as number;
      data[to++] = pixels[green + from] as number;
      data[to++] = pixels[blue + from] as number;
    }
  }
  return { data, height, width };
}

/** Bytes that are read at once where records are asked for one after the other. */
const BLOCK = 2 ** 20;

/** Records of one length in a file, from an offset on. */
export interface RecordLayout {
  readonly start: number;
  readonly length: number;
  readonly count: number;
}

/** Reads records by index; those asked for in order come in blocks, others alone. */
export function createRecordReader(
  bytes: Bytes,
  { start, length, count }: RecordLayout,
): (index: number) => Promise<Uint8Array> {
  const perBlock = Math.max(1, Math.floor(BLOCK / length));
  let [block, first]: [Promise<Uint8Array> | undefined, number] = [undefined, 0];
  let last = -1;
  return async (index) => {
    const isNext = index === last + 1;
    last = index;
    if (isNext && (block === undefined || index < first || index >= first + perBlock)) {
      first = index;
      block = bytes.readAt(start + index * length, Math.min(perBlock, count - index) * length);
    }
    const isInBlock = block !== undefined && index >= first && index < first + perBlock;
    const offset = isInBlock ? (index - first) * length : 0;
    const content = await (isInBlock && block ? block : bytes.readAt(start + index * length, length));
    const record = content.subarray(offset, offset + length);
    if (record.length < length)
      throw new UserError(`expected image ${index} in a file that became shorter while it was read`);
    return record;
  };
}

/** Reads one byte of each record, a block at a time. */
export async function readByteColumn(bytes: Bytes, records: RecordLayout, offset: number): Promise<Int32Array> {
  const read = createRecordReader(bytes, records);
  const column = new Int32Array(records.count);
  for (let i = 0; i < column.length; i++) column[i] = (await read(i))[offset] as number;
  return column;
}
