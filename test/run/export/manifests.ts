import type { EncoderDescription } from '../../../src/run/export/description.ts';
import { type Manifest, manifestText } from '../../../src/run/export/manifest.ts';

/** The description of a small encoder. */
export const DESCRIPTION: EncoderDescription = {
  backbone: 'resnet18',
  part: 'backbone',
  features: 32,
  size: 16,
  resize: 16,
  interpolation: 'bilinear',
  crop: 'center',
  mean: [0.5, 0.5, 0.5],
  std: [0.25, 0.25, 0.25],
  settings: { 'backbone.name': 'resnet18', 'backbone.width': 4 },
  run: '0'.repeat(64),
  checkpoint: '1'.repeat(64),
  epoch: 3,
  step: 48,
};

/** The text of an `export.json`. */
export function manifestOf(over: Partial<Omit<Manifest, 'schemaVersion'>> = {}): string {
  return manifestText({
    tool: 'cl-train 0.1.0',
    formats: ['torchvision'],
    part: 'backbone',
    features: 'pooled',
    input: 'images',
    encoder: DESCRIPTION,
    verification: { images: 'patterns', indices: [0] },
    files: [],
    ...over,
  });
}
