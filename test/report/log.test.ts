import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog } from '../../src/report/log.ts';
import { UserError } from '../../src/util/errors.ts';
import { runEvents } from './recorded-run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const records = () =>
  readFileSync(join(folder, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('events and remarks become JSON lines at their levels; steps only at trace', async () => {
  const runLog = await createLog(folder);
  for (const event of runEvents()) await runLog.handle(event);
  runLog.log.info({ threads: 2 }, 'session opened');
  await runLog.handle({ type: 'warning', step: 3, message: 'an image is damaged' });
  await runLog.close();
  await runLog.close();
  expect(records().filter((record) => record.type === 'step')).toEqual([]);
  expect(records()[0]).toMatchObject({ level: 30, type: 'start', time: expect.stringMatching(/^\d{4}-/) });
  expect(records().at(-2)).toMatchObject({ level: 30, threads: 2, msg: 'session opened' });
  expect(records().at(-1)).toMatchObject({ level: 40, step: 3, msg: 'an image is damaged' });
});

test('a later process appends', async () => {
  for (const message of ['first', 'second']) {
    const runLog = await createLog(folder, { level: 'trace' });
    runLog.log.debug(message);
    await runLog.close();
  }
  expect(records().map((record) => record.msg)).toEqual(['first', 'second']);
});

test('verbose gets the same lines in readable form', async () => {
  const said: string[] = [];
  const runLog = await createLog(folder, { verbose: (line) => said.push(line) });
  runLog.log.warn({ free: 3 }, 'the disk is nearly full');
  runLog.log.debug('too detailed');
  await runLog.close();
  expect(said).toEqual([expect.stringMatching(/^\[\d\d:\d\d:\d\d\.\d+\] WARN.*: the disk is nearly full$/)]);
});

test('a process that dies at once loses no line', () => {
  const code = `
    const { createLog } = await import(${JSON.stringify(new URL('../../src/report/log.ts', import.meta.url).href)});
    const { log } = await createLog(process.argv[1]);
    for (let i = 0; i < 200; i++) log.info({ i }, 'line');
    process.kill(process.pid, 'SIGKILL');`;
  const { signal } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code, folder]);
  expect(signal).toBe('SIGKILL');
  expect(records().map((record) => record.i)).toEqual(Array.from({ length: 200 }, (_, index) => index));
});

test('a folder that is not there is one clear message', async () => {
  await expect(createLog(join(folder, 'missing'))).rejects.toThrow(UserError);
});

test('a full disk is told once, and holds nothing up', async () => {
  symlinkSync('/dev/full', join(folder, 'log.jsonl'));
  const runLog = await createLog(folder);
  const event = { type: 'warning', step: 1, message: 'anything' } as const;
  await expect(runLog.handle(event)).rejects.toThrow(/Cannot write .*log\.jsonl: no space left on the disk/);
  await runLog.handle(event);
  await runLog.close();
});
