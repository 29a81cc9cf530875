import { expect, it } from 'vitest';
import { parseManifest } from '../../../src/run/export/manifest.ts';
import { rejection } from '../rejection.ts';
import { DESCRIPTION, manifestOf } from './manifests.ts';

const read = async (text: string) => parseManifest(text, 'x/export.json');

const file = (path: string) => ({ path, bytes: 1, sha256: 'a'.repeat(64) });

it('reads what was written', async () => {
  const manifest = await read(manifestOf({ files: [file('saved_model/saved_model.pb')] }));
  expect(manifest).toMatchObject({ schemaVersion: 1, encoder: DESCRIPTION, formats: ['torchvision'] });
});

it.each(['../out', 'a/../../b', '/etc/passwd', '', 'a//b', './a', 'a\\b', 'a\0b', 'a\nb', 'a\u001bb'])(
  'refuses the path %j, which may lead out of the folder, or draw on a terminal',
  async (path) => {
    expect(await rejection(read(manifestOf({ files: [file(path)] })))).toMatch(/^exit 2: .*missing or wrong entries/);
  },
);

it.each([
  ['text that is not JSON', '{'],
  ['another JSON text', '[]'],
  ['version 2 of it, where this tool knows 1', manifestOf().replace('"schemaVersion": 1', '"schemaVersion": 2')],
  ['version {"toString":1} of it, where this tool knows 1', '{"schemaVersion": {"toString": 1}, "encoder": {}}'],
  ['version "a\\nb" of it, where this tool knows 1', '{"schemaVersion": "a\\nb", "encoder": {}}'],
  ['one with missing or wrong entries', manifestOf({ formats: [] })],
  ['one with missing or wrong entries', manifestOf({ formats: ['onnx', 'onnx'] })],
  ['one with missing or wrong entries', '{"schemaVersion": 1}'],
  ['one with missing or wrong entries', manifestOf().replace('"size": 16', '"size": 1e9999')],
  ['one with missing or wrong entries', manifestOf().replace('torchvision', 'pickle')],
])('refuses %s', async (got, text) => {
  expect(await rejection(read(text))).toContain(
    `exit 2: expected the export.json of an export, got ${got}: x/export.json`,
  );
});
