import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCheckpoint } from '../../src/checkpoint/checkpoint.ts';
import { elementCount, float32, type HostTensor, int32, uint8 } from '../../src/runtime/host-tensor.ts';
import { type Random, randomStream } from '../../src/util/rng.ts';
import { BOMBS } from './damage-bombs.ts';
import { EXPECTED } from './damage-checkpoint-reader.ts';
import { type Damage, type Header, joinFile, sealFile, splitFile } from './damage-file.ts';
import { beyond, type DamagePart } from './damage-part.ts';

const LIMITS = { seconds: 1, bytes: 300 * 2 ** 20, characters: 4096 };

/** Random values of the state that the reader expects; with more filters where asked for. */
function makeState(random: Random, more = 0): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(EXPECTED).map(
      ([
        name,
        {
          dtype,
          shape: [first, ...rest],
        },
      ]) => {
        const shape = first === undefined ? [] : [first + (rest.length > 0 ? more : 0), ...rest];
        const values = Array.from({ length: elementCount(shape) }, () => random.normal());
        if (dtype === 'float32') return [name, float32(values, shape)];
        return [name, dtype === 'int32' ? int32([random.integer(1000)], shape) : uint8(Uint8Array.from(values), shape)];
      },
    ),
  );
}

/** The bytes of a good checkpoint. */
async function makeCheckpoint(random: Random, folder: string, more: number): Promise<Buffer> {
  const step = random.integer(10_000);
  const settings = { method: { name: 'simclr' }, schedule: { epochs: 1 + random.integer(900) } };
  const progress = { step, epoch: random.integer(90), seed: random.integer(9), configHash: 'f'.repeat(64), settings };
  const path = join(folder, 'good.safetensors');
  await writeCheckpoint(path, { tensors: makeState(random, more), progress, toolVersion: '0.1.0' });
  return readFileSync(path);
}

/** Changes a header and gives the file a right checksum. */
const edited = (edit: (header: Header, random: Random) => void): Damage => {
  return (bytes, random) => {
    const { header, data } = splitFile(bytes);
    edit(header, random);
    return sealFile(header, data);
  };
};

const anyOf = <T>(random: Random, values: readonly T[]): T => values[random.integer(values.length)] as T;

const ODD = [null, true, -1, 0.5, 1e300, '', 'F32', [], {}, [[]], 2 ** 53, '__proto__'] as const;

const DAMAGES: Readonly<Record<string, Damage>> = {
  'bits flipped': (bytes, random) => {
    for (let flips = 1 + random.integer(8); flips > 0; flips--) {
      const at = random.integer(bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << random.integer(8));
    }
    return bytes;
  },
  'cut short': (bytes, random) => bytes.subarray(0, random.integer(bytes.length)),
  'more appended': (bytes, random) =>
    Buffer.concat([bytes, Buffer.alloc(1 + random.integer(5000), random.integer(256))]),
  'a block of zeros or ones': (bytes, random) => {
    const begin = random.integer(bytes.length - 1);
    // A block that holds these bytes already is no damage.
    const end = Math.min(bytes.length, begin + 16 + random.integer(512));
    return bytes.subarray(begin, end).every((value) => value === 0)
      ? bytes.fill(255, begin, end)
      : bytes.fill(0, begin, end);
  },
  'the header of another file': (bytes, _, other) => joinFile(splitFile(other).text, splitFile(bytes).data),
  'the data of another file, sealed': (bytes, _, other) => sealFile(splitFile(other).header, splitFile(bytes).data),
  'an odd value in a tensor, sealed': edited((header, random) => {
    const entry = header[
      anyOf(
        random,
        Object.keys(header).filter((name) => name !== '__metadata__'),
      )
    ] as Header;
    const key = anyOf(random, ['dtype', 'shape', 'data_offsets']);
    entry[key] = anyOf(random, [
      ...ODD.filter((value) => JSON.stringify(value) !== JSON.stringify(entry[key])),
      [0, 9],
    ]);
  }),
  'odd metadata, sealed': edited((header, random) => {
    const metadata = header['__metadata__'] as Header;
    const progress = JSON.parse(metadata['progress'] as string) as Header;
    progress[anyOf(random, ['step', 'epoch', 'seed', 'configHash'])] = anyOf(random, [null, -1.5, true, {}, [], 1e300]);
    metadata['progress'] = anyOf(random, [JSON.stringify(progress), 'null', '[]', '{', '']);
  }),
  'metadata missing, sealed': edited((header, random) => {
    const metadata = header['__metadata__'] as Header;
    delete metadata[anyOf(random, ['progress', 'formatVersion'])];
  }),
  'a tensor missing, sealed': edited((header, random) => {
    delete header[anyOf(random, Object.keys(EXPECTED))];
  }),
  'not-finite values, sealed': (bytes, random) => {
    const { header, data } = splitFile(bytes);
    const floats = Object.values(header).filter((entry) => (entry as Header)['dtype'] === 'F32') as {
      data_offsets: readonly [number, number];
    }[];
    const {
      data_offsets: [begin, end],
    } = anyOf(
      random,
      floats.filter(({ data_offsets: [from, to] }) => to > from),
    );
    const value = anyOf(random, [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    data.writeFloatLE(value, begin + 4 * random.integer((end - begin) / 4));
    return sealFile(header, data);
  },
  'something else': (_, random) =>
    anyOf(random, [
      () => Buffer.alloc(0),
      () => Buffer.alloc(random.integer(1 << 20)),
      () => Buffer.from('PK\u0003\u0004 not a checkpoint'.repeat(random.integer(99))),
      () => Buffer.from(Array.from({ length: random.integer(9999) }, () => random.integer(256))),
    ])(),
};

/** Damaged checkpoints, every one of which must be refused, under 1 s and 300 MiB of the whole process. */
export async function checkpointPart(): Promise<DamagePart> {
  const scratch = mkdtempSync(join(tmpdir(), 'cl-bench-checkpoint-'));
  const one = await makeCheckpoint(randomStream(1, 1), scratch, 0);
  const other = await makeCheckpoint(randomStream(1, 2), scratch, 3);
  rmSync(scratch, { recursive: true });
  const kinds: readonly (readonly [string, Damage])[] = Object.entries({ ...DAMAGES, ...BOMBS });
  return {
    reader: new URL('./damage-checkpoint-reader.ts', import.meta.url),
    patience: 120,
    async make(index, random, folder) {
      const [kind, damage] = kinds[index % kinds.length] as (typeof kinds)[number];
      const path = join(folder, 'step-00000001.safetensors');
      const made = damage(Buffer.from(one), random, other);
      if (typeof made === 'function') await made(path);
      else writeFileSync(path, made);
      return { path, kind };
    },
    problem(outcome) {
      return outcome.how === 'read' ? 'it was read' : beyond(outcome, LIMITS);
    },
  };
}
