/** A tar header of 512 bytes (GNU's form) for a name that may be any bytes. */
function headerOf(name: Uint8Array, size: number, type: string): Buffer {
  const block = Buffer.alloc(512);
  block.set(name.subarray(0, 100), 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar  \0', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** An entry of a tar archive; names are text in UTF-8, or any bytes. */
export type RawEntry = readonly [name: string | Uint8Array, body: string | Uint8Array, type?: string];

/** A tar archive of these entries in their order, also of ones that no library writes. */
export function rawTar(entries: readonly RawEntry[], end: Uint8Array = Buffer.alloc(1024)): Buffer {
  const blocks = entries.flatMap(([name, body, type = '0']) => {
    const content = Buffer.from(body as Uint8Array);
    const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
    return [headerOf(Buffer.from(name as Uint8Array), content.length, type), content, padding];
  });
  return Buffer.concat([...blocks, end]);
}

/** A record of a PAX header, whose value may be any bytes. */
export function paxRecord(key: string, value: Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  const digits = [1, 2, 3].find((count) => String(rest.length + count).length === count) as number;
  return Buffer.concat([Buffer.from(String(rest.length + digits)), rest]);
}
