import { pbkdf2 } from 'node:crypto';
import { runMain } from '../../src/cli/run-main.ts';
import { UserError } from '../../src/util/errors.ts';

/** What the tests of `run-main` start: one way for a command to end, by name. */
const ENDINGS: Readonly<Record<string, (signal: AbortSignal) => Promise<void>>> = {
  done: async () => {
    process.stdout.write('result\n');
  },
  talk: async () => {
    for (let i = 0; i < 3; i++) {
      process.stderr.write('a message\n');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    process.stdout.write('result\n');
  },
  'hang-up': async () => {
    process.kill(process.pid, 'SIGHUP');
    await new Promise((resolve) => setTimeout(resolve, 100));
  },
  user: async () => {
    throw new UserError('expected a, got b', { hint: 'write a', exitCode: 2, cause: new Error('the cause') });
  },
  failed: async () => {
    throw new UserError('the disk is full');
  },
  bug: async () => {
    throw new TypeError('x is not a function\nsecond line');
  },
  homeless: async () => {
    process.env['TMPDIR'] = '/dev/null/none';
    throw new TypeError('x is not a function');
  },
  thrown: async () => {
    throw 'a string';
  },
  later: () =>
    new Promise(() => {
      setTimeout(() => {
        throw new Error('thrown in a callback');
      });
    }),
  rejected: () =>
    new Promise(() => {
      setTimeout(() => void Promise.reject(new Error('nobody caught this')));
    }),
  step: (signal) =>
    new Promise((resolve) => {
      const step = setInterval(() => {
        if (!signal.aborted) return;
        clearInterval(step);
        process.stdout.write('saved\n');
        resolve();
      }, 10);
      process.stderr.write('ready\n');
    }),
  abort: (signal) =>
    new Promise((_, reject) => {
      const alive = setInterval(() => {}, 1000);
      signal.addEventListener('abort', () => {
        clearInterval(alive);
        reject(signal.reason);
      });
      process.stderr.write('ready\n');
    }),
  stubborn: () =>
    new Promise(() => {
      setInterval(() => {}, 1000);
      process.stderr.write('ready\n');
    }),
  native: () =>
    new Promise((resolve) => {
      // Minutes in a thread of libuv's pool, which nothing can interrupt, like a step of TensorFlow.
      pbkdf2('', '', 2 ** 30, 64, 'sha512', () => resolve());
      process.stderr.write('ready\n');
    }),
  pipe: async () => {
    for (let i = 0; i < 20_000; i++) process.stdout.write(`line ${i}\n`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.stderr.write('ran to its end\n');
  },
};

const argv = process.argv.slice(2);
await runMain('cl-test', argv, ENDINGS[argv[0] ?? ''] as (signal: AbortSignal) => Promise<void>);
