import { crc32, deflateRawSync } from 'node:zlib';

/** A .npy file as NumPy writes it: magic, version, header, values. */
export function npy(shape: readonly number[], data: Uint8Array, type = '|u1', order = 'False'): Buffer {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = Buffer.from(`{'descr': '${type}', 'fortran_order': ${order}, 'shape': (${sides}), }\n`);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, header, data]);
}

/** A zip file of one entry, deflated or stored, that claims `size` bytes. */
export function zip(name: string, content: Uint8Array, size = content.length, method = 8): Buffer {
  const packed = method === 8 ? deflateRawSync(content) : content;
  const fields = (isCentral: boolean): Buffer => {
    const head = Buffer.alloc(isCentral ? 46 : 30);
    head.writeUInt32LE(isCentral ? 0x02014b50 : 0x04034b50);
    const at = isCentral ? 6 : 4;
    head.writeUInt16LE(20, at);
    head.writeUInt16LE(method, at + 4);
    head.writeUInt32LE(crc32(content), at + 10);
    head.writeUInt32LE(packed.length, at + 14);
    head.writeUInt32LE(size, at + 18);
    head.writeUInt16LE(name.length, at + 22);
    return Buffer.concat([head, Buffer.from(name)]);
  };
  const local = Buffer.concat([fields(false), packed]);
  const central = fields(true);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
