import { expect, it } from 'vitest';
import { UserError } from '../../src/util/errors.ts';

it('carries a hint, an exit code and a cause, with a failed run as the default', () => {
  const cause = new Error('why');
  const error = new UserError('what', { hint: 'do this', exitCode: 2, cause });
  expect(error).toMatchObject({ name: 'UserError', message: 'what', hint: 'do this', exitCode: 2, cause });
  const plain = new UserError('what');
  expect(plain).toMatchObject({ hint: undefined, exitCode: 1 });
  expect('cause' in plain).toBe(false);
});

it('is never long, whatever it tells of', () => {
  const error = new UserError(`expected a key, got ${'x'.repeat(1e6)}`, { hint: 'y '.repeat(1e6) });
  expect(error.message.length + (error.hint as string).length).toBeLessThan(2000);
});
