import { expect, test } from 'vitest';
import { clTrain, inRepository, runNode } from './run-command.ts';

/** Starts a program whose process gets SIGUSR1 before it could listen, as where the signal comes while Node starts. */
function startWithDebugger(program: string, ...flags: readonly string[]) {
  const early = 'process._debugProcess(process.pid); setImmediate(() => import(process.argv[1]))';
  return runNode([...flags, '-e', early, inRepository(`bin/${program}.js`), '--version']);
}

test.each(['cl-train', 'cl-eval', 'cl-embed', 'cl-export', 'cl-data', 'cl-doctor'])(
  '%s closes the debugger that SIGUSR1 opened while Node started, and ends by the signal',
  async (program) => {
    const { code, stdout } = await startWithDebugger(program);
    expect({ code, stdout }).toEqual({ code: null, stdout: '' });
  },
);

test('a debugger that the user asked for stays', async () => {
  const { code, stderr } = await runNode(['--inspect=0', inRepository('bin/cl-train.js'), '--version']);
  expect(code).toBe(0);
  expect(stderr).toContain('Debugger listening');
  expect((await clTrain(['--version'])).stderr).toBe('');
});
