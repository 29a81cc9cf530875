import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { raceForLock } from '../../bench/lib/lock-race.ts';
import { inRepository } from '../cli/run-command.ts';
import { temporaryFolder } from './wheel-server.ts';

it('one set-up at a time works in a clone, also where a killed one left its lock', async () => {
  const clone = temporaryFolder();
  cpSync(inRepository('setup'), join(clone, 'setup'), { recursive: true });
  mkdirSync(join(clone, '.cache'));
  const lock = join(clone, '.cache', 'setup.lock');
  const race = { module: join(clone, 'setup', 'clone-lock.mjs'), lock, processes: 2, rounds: 5 };
  expect(await raceForLock(race)).toEqual({ broken: 0, left: [] });
  const leftBehind = (process: number) => JSON.stringify({ process });
  expect(await raceForLock({ ...race, rounds: 1, leftBehind })).toEqual({ broken: 0, left: [] });
});
