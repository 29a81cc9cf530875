import { expect, test } from 'vitest';
import { nextCommands, nextLines } from '../../../src/run/training/next-commands.ts';

const run = { output: 'runs/a', allowed: ['knn', 'linear-probe'], asked: ['knn'], exported: ['torchvision'] } as const;

test('what comes next is what the run has not done itself', () => {
  expect(nextCommands(run)).toEqual([
    'cl-eval linear-probe --run runs/a',
    'cl-embed --run runs/a --output runs/a/features.parquet',
    'cl-export --run runs/a --format onnx --output runs/a/onnx',
  ]);
  // Images without labels can't be evaluated.
  expect(nextLines({ ...run, allowed: [], exported: ['onnx'] })).toEqual([
    'next: cl-embed --run runs/a --output runs/a/features.parquet',
  ]);
});

test.each([
  ['my runs/a', `'my runs/a' --output 'my runs/a/features.parquet'`],
  ['-a', './-a --output ./-a/features.parquet'],
  ['runs/a/', 'runs/a/ --output runs/a/features.parquet'],
])('a run folder %s is named so that a shell reads it back', (output, named) => {
  expect(nextCommands({ ...run, output, asked: run.allowed })[0]).toBe(`cl-embed --run ${named}`);
});
