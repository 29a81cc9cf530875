import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { displayWidth } from '../../src/util/wrap-text.ts';
import { inRepository, runNode } from './run-command.ts';

const run = promisify(execFile);

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'widths-'));
  mkdirSync(join(folder, 'images/a'), { recursive: true });
  for (let i = 0; i < 8; i++)
    writeFileSync(join(folder, `images/a/${i}.ppm`), `P6 1 1 255\n${'abcd'.slice(i % 4, 3)}ab`);
});

afterAll(() => rmSync(folder, { recursive: true }));

/** What a terminal of so many columns is sent by a command, whatever its exit code. */
async function onTerminal(command: string, columns: number, environment: NodeJS.ProcessEnv): Promise<string> {
  const [program = '', ...args] = command.split(' ');
  const typed = [process.execPath, inRepository(`bin/${program}.js`), ...args].join(' ');
  const { NO_COLOR: _noColor, FORCE_COLOR: _forceColor, ...inherited } = process.env;
  const env = { ...inherited, TERM: 'xterm', ...environment };
  const script = ['-qc', `stty cols ${columns}; ${typed}`, '/dev/null'];
  const { stdout } = await run('script', script, { cwd: folder, env });
  return stdout.replaceAll('\r\n', '\n');
}

async function inPipe(command: string): Promise<string> {
  const [program = '', ...args] = command.split(' ');
  const { stdout, stderr } = await runNode([inRepository(`bin/${program}.js`), ...args], { cwd: folder });
  return stdout + stderr;
}

/** The words of a text, without the signs that continue a command on the next line, and without what a clock says. */
const words = (text: string): string[] => text.split(/\s+/).filter((word) => !/^\\?$|^\d+(?:\.\d+)?$/.test(word));

const COMMANDS = [
  'cl-train --help',
  'cl-train simclr images --batch-size 4 --dry-run',
  'cl-train images',
  'cl-eval knn --help',
  'cl-embed --help',
  'cl-export --help',
  'cl-data pack --help',
  'cl-data preview --help',
  'cl-data inspect images --quiet',
  'cl-doctor --help',
];

test.concurrent.for(COMMANDS)('%s fits a terminal of 60 columns, without a broken word', async (command) => {
  const shown = await onTerminal(command, 60, {});
  for (const line of shown.split('\n')) expect(displayWidth(line), line).toBeLessThanOrEqual(60);
  const piped = await inPipe(command);
  expect(words(shown)).toEqual(words(piped));
  expect(piped).not.toContain('\u001b');
});

test.each([60, 80, 120])('the list of presets has lines of %i columns at most', async (columns) => {
  const [titles = '', ...rows] = (await onTerminal('cl-train --list --quiet', columns, {})).trimEnd().split('\n');
  expect(titles).toMatch(
    { 60: /^preset +for$/, 80: /^preset +method +for$/, 120: /^preset .* views +for$/ }[columns] ?? /^$/,
  );
  for (const row of rows) expect(displayWidth(row), row).toBeLessThanOrEqual(columns);
});

test('colours are those of a terminal alone, and only where they are wanted', async () => {
  const command = 'cl-doctor';
  const env = { CL_TENSORFLOW: join(folder, 'none') };
  const escapes = async (environment: NodeJS.ProcessEnv): Promise<boolean> =>
    (await onTerminal(command, 80, { ...env, ...environment }).catch(({ stdout }) => stdout as string)).includes(
      '\u001b',
    );
  expect(await escapes({})).toBe(true);
  for (const environment of [{ NO_COLOR: '1' }, { FORCE_COLOR: '0' }, { TERM: 'dumb' }]) {
    expect(await escapes(environment)).toBe(false);
  }
  const piped = await runNode([inRepository('bin/cl-doctor.js')], { env: { ...env, FORCE_COLOR: '1', CI: 'true' } });
  expect(piped.stdout).not.toContain('\u001b');
});
