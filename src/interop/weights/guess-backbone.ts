import type { BackboneConfig } from '../../config/run-config.ts';
import type { WeightsFile } from './read-weights.ts';

/** The backbone that a file's names and shapes look like. */
export function guessBackbone(_file: WeightsFile): BackboneConfig | undefined {
  return undefined;
}
