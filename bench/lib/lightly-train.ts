import { join } from 'node:path';
import { ensureFolder, PIP_INSTALL, runLoudly } from './ensure-folder.ts';

/** LightlyTrain, and of what pip installs with it the versions that numbers depend on. */
export const LIGHTLY_TRAIN_PACKAGES = [
  'lightly-train==0.18.0',
  'torch==2.15.0',
  'torchvision==0.29.2',
  'pytorch-lightning==2.6.6',
  'numpy==2.4.6',
  'pillow==13.0.0',
] as const;

/** The virtual environment with LightlyTrain, as its users get it from PyPI: 6.3 GB, fetched at the first call. */
export function ensureLightlyTrain(): Promise<string> {
  return ensureFolder('lightly-train', LIGHTLY_TRAIN_PACKAGES, async (made) => {
    await runLoudly('python3', ['-m', 'venv', made]);
    await runLoudly(join(made, 'bin', 'python'), [...PIP_INSTALL, ...LIGHTLY_TRAIN_PACKAGES]);
  });
}
