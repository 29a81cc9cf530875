import { expect, it } from 'vitest';
import { checkSavedModel } from '../../../src/interop/graphs/check-saved-model.ts';
import { recordEncoderGraph } from '../../../src/interop/graphs/encoder-graph.ts';
import { savedModelFiles } from '../../../src/interop/graphs/saved-model.ts';
import { TINY, TINY_PROJECTED, TINY_RESNETS } from './tiny-encoders.ts';
import { writingSavedModel } from './writing-saved-model.ts';

const TINIEST = TINY_RESNETS[0] as string;

function bytesOf(name: string, input: 'images' | 'normalized', output: 'features' | 'pyramid' | 'embedding') {
  const encoder = name === 'projected' ? TINY_PROJECTED : TINY[name];
  if (encoder === undefined) throw new Error(name);
  return savedModelFiles(recordEncoderGraph(encoder, { input, output }))['saved_model.pb'] as Uint8Array;
}

it.each(Object.keys(TINY))('takes what exports write: %s', (name) => {
  expect(() => checkSavedModel(bytesOf(name, 'images', 'features'))).not.toThrow();
  expect(() => checkSavedModel(bytesOf(name, 'normalized', 'features'))).not.toThrow();
});

it('takes pyramids and embeddings', () => {
  expect(() => checkSavedModel(bytesOf(TINIEST, 'images', 'pyramid'))).not.toThrow();
  expect(() => checkSavedModel(bytesOf('projected', 'images', 'embedding'))).not.toThrow();
});

it('refuses operations that encoders do not have, by their names', () => {
  const evil = writingSavedModel(bytesOf(TINIEST, 'images', 'features'), '/nowhere/file');
  expect(() => checkSavedModel(evil)).toThrow('WriteFile');
});

it.each([
  ['a second copy of a part, which TensorFlow would merge', (bytes: Uint8Array) => Buffer.concat([bytes, bytes])],
  ['fields that are not known', (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.from([0x7a, 1, 65])])],
  ['bytes that are no model', () => Buffer.alloc(100, 0xff)],
  ['nothing', () => Buffer.alloc(0)],
])('refuses %s', (_, change) => {
  expect(() => checkSavedModel(change(bytesOf(TINIEST, 'images', 'features')))).toThrow(
    /other operations|no SavedModel/,
  );
});
