import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXIT_CODES } from '../../src/cli/stop-signals.ts';
import { inRepository, type Outcome, runNode, temporaryFolder } from './run-command.ts';

const CHILD = ['--import', 'tsx', inRepository('test/cli/run-main-child.ts')];

function run(args: readonly string[], onOutput?: (stderr: string, pid: number) => void): Promise<Outcome> {
  return runNode([...CHILD, ...args], { env: { TMPDIR: temporaryFolder() }, ...(onOutput && { onOutput }) });
}

/** Longer than the moment in which a signal that comes twice counts once. */
const PAUSE = 400;

/** Sends each signal once, the next one a while after the program has answered the one before. */
function send(signals: readonly NodeJS.Signals[]): (stderr: string, pid: number) => void {
  const answers = ['ready', 'stopping'];
  let sent = 0;
  return (stderr, pid) => {
    const signal = signals[sent];
    if (signal === undefined || !stderr.includes(answers[sent] ?? '')) return;
    setTimeout(() => process.kill(pid, signal), sent === 0 ? 0 : PAUSE);
    sent++;
  };
}

/** Runs a way to end with redirections, such as `> /dev/full`, after a piece of shell. */
function runInShell(ending: string, redirections: string, before = ''): { status: number; output: string } {
  const command = [process.execPath, ...CHILD, ending].map((word) => `'${word}'`).join(' ');
  const script = `${before} { ${command} ${redirections}; } 2>&1; echo "exit $?"`;
  const shown = execFileSync('bash', ['-c', script], { cwd: inRepository('.'), encoding: 'utf8' });
  const [, output = '', status] = /^(.*)exit (\d+)\n$/s.exec(shown) ?? [];
  return { status: Number(status), output };
}

test('success is 0, with nothing on standard error', async () => {
  expect(await run(['done'])).toEqual({ code: 0, stdout: 'result\n', stderr: '' });
});

test("a user's mistake is one message and a hint, with the error's exit code", async () => {
  expect(await run(['user'])).toEqual({ code: 2, stdout: '', stderr: 'error: expected a, got b\nhint: write a\n' });
  expect(await run(['failed'])).toEqual({ code: 1, stdout: '', stderr: 'error: the disk is full\n' });
  expect((await run(['user', '--verbose'])).stderr).toContain('Error: the cause\n    at ');
});

test.each([
  ['bug', 'x is not a function', 'TypeError: x is not a function\nsecond line\n    at '],
  ['thrown', 'a string', "'a string'"],
  ['later', 'thrown in a callback', 'Error: thrown in a callback\n    at '],
  ['rejected', 'nobody caught this', 'Error: nobody caught this\n    at '],
])('a bug (%s) is a short message; the stack goes to a file', async (ending, message, stack) => {
  const { code, stderr } = await run([ending]);
  expect(code).toBe(1);
  const [, file = ''] =
    /^error: .*\nhint: this looks like a bug; its details are in (\S+error\.txt)\n$/.exec(stderr) ?? [];
  expect(stderr).toContain(`error: ${message}\n`);
  const report = readFileSync(file, 'utf8');
  expect(report).toContain(stack);
  expect(report).toMatch(/^cl-test \d+\.\d+\.\d+, Node v\d+/);
});

test('--verbose prints the stack of a bug', async () => {
  expect((await run(['bug', '--verbose'])).stderr).toContain('TypeError: x is not a function\nsecond line\n    at ');
});

test('without a place for the stack the message still comes', async () => {
  const { code, stderr } = await run(['homeless']);
  expect(code).toBe(1);
  expect(stderr).toBe(
    'error: x is not a function\nhint: this looks like a bug; run again with --verbose for its details\n',
  );
});

test.each(Object.entries(EXIT_CODES))('the first %s lets the step finish, then exits with %i', async (signal, code) => {
  const outcome = await run(['step'], send([signal as NodeJS.Signals]));
  expect(outcome).toMatchObject({ code, stdout: 'saved\n' });
  expect(outcome.stderr).toContain('cl-test: stopping after this step and saving');
  expect(outcome.stderr).not.toContain('Debugger');
});

test('a signal that comes twice in one moment, as by timeout, npm or a terminal that closes, counts once', async () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    let sent = false;
    const outcome = await run(['step'], (stderr, pid) => {
      if (sent || !stderr.includes('ready')) return;
      sent = true;
      for (let i = 0; i < 2; i++) process.kill(pid, signal);
    });
    expect(outcome).toMatchObject({ code: EXIT_CODES[signal], stdout: 'saved\n' });
  }
});

test('what nohup started, or a script under it, outlives its terminal, though Node forgets what it ignored', async () => {
  let hungUp = false;
  const answer = (stderr: string, pid: number): void => {
    if (!hungUp && stderr.includes('ready')) {
      hungUp = true;
      process.kill(pid, 'SIGHUP');
    }
    if (stderr.includes('goes on')) process.kill(pid, 'SIGTERM');
  };
  const outcome = await runNode([...CHILD, 'step'], { env: { _: '/usr/bin/nohup' }, onOutput: answer });
  expect(outcome.stderr).toContain('cl-test: the terminal has hung up; started by nohup, this goes on\n');
  expect(outcome).toMatchObject({ code: 143, stdout: 'saved\n' });
  expect(runInShell('hang-up', '', "trap '' HUP;")).toMatchObject({ status: 0 });
  expect(runInShell('hang-up', '')).toMatchObject({ status: 129 });
});

test("a terminal that is gone costs no more than what it would have shown: the exit code is the signal's", () => {
  const script = `import os, pty, sys
pid, terminal = pty.fork()
if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])
shown = b''
while b'ready' not in shown: shown += os.read(terminal, 100)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`;
  const command = ['-c', script, process.execPath, ...CHILD, 'step'];
  expect(execFileSync('python3', command, { cwd: inRepository('.'), encoding: 'utf8' })).toBe('129\n');
});

test('results that can not be written are a failure; messages that can not be are dropped', () => {
  const { status, output } = runInShell('done', '> /dev/full');
  expect(output).toMatch(/^error: Cannot write the results to standard output: ENOSPC.*\nhint: Free some space/);
  expect(status).toBe(1);
  expect(runInShell('talk', '2> /dev/full')).toEqual({ status: 0, output: 'result\n' });
  expect(runInShell('talk', '2>&-')).toEqual({ status: 0, output: 'result\n' });
});

test('a command that rejects with the reason of the abort was stopped, not broken', async () => {
  const { code, stderr } = await run(['abort'], send(['SIGINT']));
  expect(code).toBe(130);
  expect(stderr).not.toContain('error:');
});

test('a second signal ends the process at once', async () => {
  expect((await run(['stubborn'], send(['SIGINT', 'SIGINT']))).code).toBe(130);
  expect((await run(['stubborn'], send(['SIGINT', 'SIGTERM']))).code).toBe(143);
});

test('a second signal does not wait for what the threads of the process are at', async () => {
  expect((await run(['native'], send(['SIGINT', 'SIGINT']))).code).toBe(130);
  expect((await run(['native'], send(['SIGTERM', 'SIGINT']))).code).toBe(130);
});

test('a reader that leaves early does not end the command', () => {
  const node = [process.execPath, ...CHILD, 'pipe'].map((word) => `'${word}'`).join(' ');
  const shown = execFileSync('bash', ['-c', `set -o pipefail; { ${node} | head -n 1; } 2>&1; echo "exit $?"`], {
    cwd: inRepository('.'),
    encoding: 'utf8',
  });
  expect(shown.trim().split('\n').sort()).toEqual(['exit 0', 'line 0', 'ran to its end']);
});
