import { expect, test } from 'vitest';
import type { Assignment } from '../../../src/config/assignment.ts';
import { bareConfig } from '../../../src/config/load.ts';
import { givenData } from '../../../src/run/images/given-data.ts';

const given = (...pairs: readonly (readonly [key: string, text: string])[]): readonly Assignment[] =>
  pairs.map(([key, text]) => ({ label: '--set', key, text }));

const { data } = bareConfig(given(['data', '{path: /own, fraction: 0.5, test: /tests, classes: [a, b], workers: 3}']));

test("a run's own images keep its selection", () => {
  expect(givenData(data, given(['data.workers', '1']))).toEqual({ data, notes: [] });
});

test('others are taken whole, and what is left out is said once; how images are read stays', () => {
  const { data: other, notes } = givenData({ ...data, path: '/other' }, given(['data.path', '/other']));
  expect([other.path, other.workers]).toEqual(['/other', 3]);
  expect([other.fraction, other.test, other.classes]).toEqual([undefined, undefined, undefined]);
  expect(notes).toEqual([
    '3 settings of the run\'s own images not applied to --data: data.test="/tests", data.classes=["a","b"], data.fraction=0.5; --set applies them',
  ]);
});

test('what the command line says of them is applied', () => {
  const { data: other, notes } = givenData(
    data,
    given(['data.path', '/other'], ['data.fraction', '0.25'], ['data.test', '/tests']),
    'the configuration',
  );
  expect([other.fraction, other.test]).toEqual([0.25, '/tests']);
  expect(notes.join()).toContain("settings of the configuration's own images not applied to --data: data.classes");
});
