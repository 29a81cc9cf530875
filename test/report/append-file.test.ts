import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAppendFile } from '../../src/report/append-file.ts';
import { createLog } from '../../src/report/log.ts';
import { createMetricsFile } from '../../src/report/metrics-jsonl.ts';
import type { EventSink } from '../../src/report/sink.ts';
import { createRunWriting } from '../../src/run/folder/retry-run.ts';
import type { Retry } from '../../src/util/retry.ts';

/** What can be opened by its owner, and answers EIO to every write, as a network disk does that is away. */
const AWAY = '/proc/self/mem';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'append-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const event = { type: 'warning', step: 1, message: 'anything' } as const;

test('a line that could not be written is added to the file that is there later', () => {
  const path = join(folder, 'a');
  symlinkSync(AWAY, path);
  const file = openAppendFile(path);
  expect(() => file.append('one\n')).toThrow(`Cannot write ${path}: EIO.`);
  rmSync(path);
  file.append('two\n');
  file.sync();
  file.close();
  file.close();
  file.append('three\n');
  expect(readFileSync(path, 'utf8')).toBe('two\n');
});

test.skipIf(!existsSync('/dev/full'))('a full disk is no outage', () => {
  const file = openAppendFile('/dev/full');
  expect(() => file.append('one\n')).toThrow('Cannot write /dev/full: no space left on the disk.');
});

test.each<[name: string, open: (retry: Retry) => Promise<EventSink>]>([
  ['metrics.jsonl', (retry) => createMetricsFile(join(folder, 'metrics.jsonl'), { resumeStep: 0, retry })],
  ['log.jsonl', (retry) => createLog(folder, { retry })],
])('%s waits for a disk that comes back, and has every line once', async (name, open) => {
  const path = join(folder, name);
  symlinkSync(AWAY, path);
  const said: string[] = [];
  const retry = createRunWriting({
    limitSeconds: 60,
    say: (message) => void said.push(message),
    async sleep() {
      if (said.length > 1) return;
      rmSync(path, { force: true });
      writeFileSync(path, '');
      said.push('back');
    },
  });
  const sink = await open(retry);
  await sink.handle(event);
  await sink.handle({ ...event, step: 2 });
  await sink.close();
  expect(said).toEqual([
    "the run's folder can't be written for now (EIO): trying again for up to 1 minute",
    'back',
    "the run's folder can be written again, after 0 s",
  ]);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ step: 1 }, { step: 2 }]);
});

test('a log that stays unwritable is told of after the limit, once', async () => {
  symlinkSync(AWAY, join(folder, 'log.jsonl'));
  let seconds = 0;
  const retry = createRunWriting({
    ...{ limitSeconds: 90, say: () => {}, now: () => seconds },
    async sleep(more) {
      seconds += more;
    },
  });
  const log = await createLog(folder, { retry });
  await expect(log.handle(event)).rejects.toThrow(/log\.jsonl: EIO\. It was tried again for 90 seconds\.$/);
  await log.handle(event);
  await log.close();
});
