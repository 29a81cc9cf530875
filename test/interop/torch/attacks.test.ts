import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPickle } from '../../../src/interop/torch/read-pickle.ts';
import { isAllowedName } from '../../../src/interop/torch/torch-pickle-names.ts';
import { outcomeOf, torchFixture, torchZip } from './torch-fixtures.ts';

let folder: string;
let path: string;
let marker: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'torch-attacks-'));
  path = join(folder, 'a.pth');
  marker = join(folder, 'executed');
});
afterAll(() => rm(folder, { recursive: true }));

/** The longest that reading a small file may take, in ms, on a busy machine; a hang takes for ever. */
const PATIENCE = 5000;
const MOST_BYTES = 100e6;

describe('files that hold code', () => {
  it.each([
    ['evil-system.pth', 'posix.system'],
    ['evil-eval.pth', 'builtins.eval'],
    ['evil-exec.pth', 'builtins.exec'],
    ['evil-key.pth', 'posix.system'],
  ])('are refused by the name of it, and nothing runs: %s', async (name, code) => {
    const { problem, hint } = await outcomeOf(torchFixture(name));
    expect(problem).toBe(`it names ${code}, which is code: not read, and nothing was executed.`);
    expect(hint).not.toContain('python');
    expect(existsSync('executed')).toBe(false);
  });

  it.each([
    ['evil-class.pth', '__main__.Evil'],
    ['evil-getattr.pth', 'builtins.getattr'],
  ])('are refused where their classes are unknown: %s', async (name, code) => {
    const { problem, hint } = await outcomeOf(torchFixture(name));
    expect(problem).toBe(`it names ${code}, which is neither a tensor nor a plain container.`);
    expect(hint).toContain('only if you trust its source');
  });

  const system = (command: string): readonly (readonly [how: string, pickle: string, name: string])[] => [
    ['REDUCE of protocol 0', `cos\nsystem\n(S'${command}'\ntR.`, 'os.system'],
    ['INST', `(S'${command}'\nios\nsystem\n.`, 'os.system'],
    ['OBJ', `(cposix\nsystem\nS'${command}'\no.`, 'posix.system'],
    ['NEWOBJ', `\x80\x02csubprocess\nPopen\nS'${command}'\n\x85\x81.`, 'subprocess.Popen'],
    ['NEWOBJ_EX', `\x80\x04\x8c\x02os\x8c\x05popen\x93(S'${command}'\nt}\x92.`, 'os.popen'],
    ['BUILD', `\x80\x02ctorch\nSize\n)R}(V__setstate__\ncos\nsystem\nub(V${command}\ntb.`, 'os.system'],
    ['Python 2', `c__builtin__\neval\n(V1\ntR.`, 'builtins.eval'],
    ['a harmless name before it', `\x80\x02cargparse\nNamespace\n)\x81cos\nsystem\n(V${command}\ntR0.`, 'os.system'],
    ['a damaged end behind it', `\x80\x02cos\nsystem\n(V${command}\ntR\xff`, 'os.system'],
    [
      'a name within a module',
      `\x80\x04\x8c\x05torch\x8c\x18hub.os.system.__call__.x\x93).`,
      'torch.hub.os.system.__call__.x',
    ],
  ];
  it('are refused however they name it', async () => {
    for (const [how, text, name] of system(`touch ${marker}`)) {
      await writeFile(path, torchZip(Buffer.from(text, 'latin1')));
      const { problem } = await outcomeOf(path);
      expect([how, problem]).toEqual([how, `it names ${name}, which is code: not read, and nothing was executed.`]);
    }
    expect(existsSync(marker)).toBe(false);
  });

  it.each([
    ['torch', '_utils.__globals__', 'torch._utils.__globals__'],
    ['torch.FloatStorage', '__init__', 'torch.FloatStorage.__init__'],
    ['collections', 'OrderedDict.__reduce__', 'collections.OrderedDict.__reduce__'],
    ['builtins', 'object', 'builtins.object'],
    ['\x1b[2J', 'x', String.raw`\u001b[2J.x`],
  ])('are refused where a name only looks like an allowed one: %s %s', async (module, name, shown) => {
    await writeFile(path, torchZip(Buffer.from(`\x80\x02c${module}\n${name}\n.`, 'latin1')));
    expect((await outcomeOf(path)).problem).toBe(`it names ${shown}, which is neither a tensor nor a plain container.`);
  });

  it.each(['copyreg extensions \x82\x01.', 'buffers outside \x97.'])('are refused for %s', async (text) => {
    await writeFile(path, torchZip(Buffer.from(`\x80\x05${text.slice(text.search(/[\x82\x97]/))}`, 'latin1')));
    expect((await outcomeOf(path)).problem).toMatch(/^the pickle has an operation 0x(82|97), which is not read\.$/);
  });
});

describe('damaged files', () => {
  /** Reads a file, and expects tensors or a message, soon and without much memory. */
  async function survive(bytes: Uint8Array): Promise<void> {
    await writeFile(path, bytes);
    const [start, before] = [performance.now(), process.memoryUsage()];
    const { tensors, problem } = await outcomeOf(path);
    expect(tensors !== undefined || problem !== undefined).toBe(true);
    expect(performance.now() - start).toBeLessThan(PATIENCE);
    const after = process.memoryUsage();
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(MOST_BYTES);
  }

  it('come to a message, whatever bytes they are', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), survive), { numRuns: 100 });
  });

  it('come to tensors or a message where some bytes of a file changed', async () => {
    const files = await Promise.all(
      ['training-state.pth', 'values-1.pth', 'training-state-4.pth', 'shared.pth'].map((name) =>
        readFile(torchFixture(name)),
      ),
    );
    const change = fc.record({ at: fc.double({ min: 0, max: 0.999, noNaN: true }), byte: fc.nat(255) });
    const changed = fc.tuple(fc.constantFrom(...files), fc.array(change, { minLength: 1, maxLength: 8 }));
    await fc.assert(
      fc.asyncProperty(changed, async ([file, changes]) => {
        const bytes = Buffer.from(file);
        for (const { at, byte } of changes) bytes[Math.floor(at * bytes.length)] = byte;
        await survive(bytes);
      }),
      { numRuns: 200 },
    );
  });

  it('come to tensors or a message where the pickle changed, with its checksum', async () => {
    const operations = fc.mapToConstant({ num: 128, build: (code) => code }, { num: 30, build: (code) => code + 0x80 });
    await fc.assert(
      fc.asyncProperty(fc.array(operations, { maxLength: 300 }), async (codes) => {
        await survive(torchZip(Uint8Array.from([0x80, 2, ...codes, 0x2e])));
      }),
      { numRuns: 300 },
    );
  });

  it('never throw anything but a RangeError while a pickle is read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readPickle(bytes, isAllowedName);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
