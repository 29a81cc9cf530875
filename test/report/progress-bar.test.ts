import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const child = fileURLToPath(new URL('bar-child.ts', import.meta.url));
const command = `'${process.execPath}' --import tsx '${child}'`;
const ESC = '\u001b';

/** Runs the child on a pseudo-terminal of that many columns and returns all it wrote to it. */
function onTerminal(columns: number, env: Record<string, string> = {}): string {
  const { NO_COLOR: _noColor, FORCE_COLOR: _forceColor, CI: _ci, ...rest } = process.env;
  const { stdout, status, stderr } = spawnSync(
    'script',
    ['-qec', `stty cols ${columns} rows 24; ${command}`, '/dev/null'],
    { encoding: 'utf8', env: { ...rest, TERM: 'xterm-256color', ...env } },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

/** What a terminal shows in the end, for the sequences the bar uses: carriage return, column, clear line. */
function screen(written: string): string[] {
  const lines = [''];
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal control sequences
  for (const [token] of written.matchAll(/\u001b\[[0-9;?]*[A-Za-z]|[^\u001b]/gu)) {
    const line = lines.at(-1) ?? '';
    if (token === '\n') {
      lines.push('');
    } else if (token === '\r' || token === `${ESC}[1G`) {
      column = 0;
    } else if (token === `${ESC}[2K`) {
      lines[lines.length - 1] = '';
    } else if (token === `${ESC}[0K`) {
      lines[lines.length - 1] = line.slice(0, column);
    } else if (token.endsWith('m') && token.startsWith(ESC)) {
    } else if (token.startsWith(ESC)) {
      throw new Error(`Unexpected control sequence ${JSON.stringify(token)}`);
    } else {
      lines[lines.length - 1] = line.slice(0, column).padEnd(column) + token + line.slice(column + 1);
      column += 1;
    }
  }
  return lines.map((line) => line.trimEnd());
}

test('on a terminal one bar is redrawn, and lines scroll above it unbroken', () => {
  const written = onTerminal(120);
  const lines = screen(written);
  expect(written.match(/step \d+\/30/g)?.length).toBeGreaterThan(2);
  expect(lines).toEqual([
    'SimCLR on cpu, float32, 11.5 M parameters',
    '4,000 images, batches of 64 x 2 views, 3 epochs of 10 steps = 30 steps',
    'run folder runs/one',
    'epoch 1: mean loss 4.500, 0:05',
    'kNN 31.0 % (28.0-35.0) after epoch 1',
    'checkpoint step-10.safetensors (138 MB)',
    'epoch 2: mean loss 4.500, 0:05',
    'kNN 32.0 % (28.0-35.0) after epoch 2',
    'checkpoint step-20.safetensors (138 MB)',
    'epoch 3: mean loss 4.500, 0:05',
    'kNN 33.0 % (28.0-35.0) after epoch 3',
    'checkpoint step-30.safetensors (138 MB)',
    expect.stringMatching(/^━+ {2}step 30\/30 .*chance 4\.844\).*waiting for data 2 % {2}ETA 0:00$/),
    'finished after 30 steps in 0:15',
    'RESULT',
    '',
  ]);
});

test('a narrow terminal gets a bar of one line', () => {
  const bars = screen(onTerminal(42)).filter((line) => line.includes('30/30'));
  expect(bars).toEqual(['30/30  loss 3.400  131 img/s  ETA 0:00']);
});

test('NO_COLOR leaves no colours', () => {
  expect(onTerminal(100)).toContain(`${ESC}[2m`);
  expect(onTerminal(100, { NO_COLOR: '1' })).not.toMatch(new RegExp(`${ESC}\\[[0-9;]*m`));
});

test('a pipe or a dumb terminal gets plain lines, and results stay alone on standard output', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', child], { encoding: 'utf8' });
  expect(stdout).toBe('RESULT\n');
  expect(stderr).not.toContain(ESC);
  expect(stderr).toMatch(/^\[0:00\] step \d+\/30 .*ETA /m);
  expect(onTerminal(100, { TERM: 'dumb' })).not.toContain(ESC);
});
