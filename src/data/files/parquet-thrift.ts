// Types of Thrift's compact protocol.
const [STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, STRUCT] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12];

/** Structures inside each other; those of Parquet are seven deep. */
const DEEPEST = 32;

/** Bytes of the longest number of 32 and of 64 bits. */
const [VARINT_32, VARINT_64] = [5, 10];

/**
 * Goes through a structure of Thrift's compact protocol without keeping any of it, so that the reader that does keep it
 * meets no list longer than its bytes, no endless number, and no more values than memory allows.
 *
 * @param most fields and elements of lists that it may hold.
 * @returns where it ends.
 * @throws Error for a damaged or larger one.
 */
export function checkThrift(view: DataView, start: number, most: number): number {
  let at = start;
  let values = 0;
  const count = (added: number): void => {
    values += added;
    if (values > most) throw new Error(`more than ${most} values in a header`);
  };
  const advance = (bytes: number): void => {
    if (bytes > view.byteLength - at)
      throw new Error(`${bytes} bytes of a header where ${view.byteLength - at} are left`);
    at += bytes;
  };
  const readByte = (): number => {
    advance(1);
    return view.getUint8(at - 1);
  };
  const readVarint = (longest: number): number => {
    let result = 0;
    for (let i = 0; i < longest; i++) {
      const byte = readByte();
      result += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return result;
    }
    throw new Error('a number without end in a header');
  };
  const skip = (type: number, depth: number): void => {
    if (type === TRUE || type === FALSE) return;
    if (type === BYTE) advance(1);
    else if (type === I16 || type === I32) readVarint(VARINT_32);
    else if (type === I64) readVarint(VARINT_64);
    else if (type === DOUBLE) advance(8);
    else if (type === BINARY) advance(readVarint(VARINT_32));
    else if (type === LIST) skipList(depth + 1);
    else if (type === STRUCT) skipStructure(depth + 1);
    else throw new Error(`an unknown type (${type}) in a header`);
  };
  const skipList = (depth: number): void => {
    const head = readByte();
    const size = head >> 4 === 15 ? readVarint(VARINT_32) : head >> 4;
    const type = head & 0x0f;
    // Every element takes a byte at least.
    if (size > view.byteLength - at) throw new Error(`a list of ${size} where ${view.byteLength - at} bytes are left`);
    count(size);
    for (let i = 0; i < size; i++) skip(type === TRUE || type === FALSE ? BYTE : type, depth);
  };
  const skipStructure = (depth: number): void => {
    if (depth > DEEPEST) throw new Error('structures without end in a header');
    for (let head = readByte(); (head & 0x0f) !== STOP; head = readByte()) {
      count(1);
      if (head >> 4 === 0) readVarint(VARINT_32);
      skip(head & 0x0f, depth);
    }
  };
  skipStructure(0);
  return at;
}
