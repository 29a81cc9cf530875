import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { expandBraces } from '../../src/util/brace-range.ts';
import { UserError } from '../../src/util/errors.ts';

it.each(['train-{000..012}.tar', 'x/{8..11}.tar', '{train,val}-{0..1}.tar', 'a{b}c{}d', 'plain.tar', '{09..10}'])(
  'expands %s as a shell does',
  (pattern) => {
    const shell = execFileSync('bash', ['-c', `printf '%s\\n' ${pattern}`])
      .toString()
      .trim()
      .split('\n');
    expect(expandBraces(pattern)).toEqual(shell);
  },
);

it.each(['{9..0}.tar', '{0..9999999}.tar', '{0..999}{0..9999}'])('refuses %s', (pattern) => {
  expect(() => expandBraces(pattern)).toThrow(UserError);
});
