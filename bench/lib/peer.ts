import { join } from 'node:path';
import { ensureFolder, PIP_INSTALL, runLoudly } from './ensure-folder.ts';

/** What the results in bench/results were measured against. */
export const PEER_PACKAGES = [
  'torch==2.15.0',
  'torchvision==0.29.2',
  'lightly==1.6.0',
  'scikit-learn==1.9.1',
  'numpy==2.4.6',
  'pillow==13.0.0',
] as const;

/** Environment that makes PyTorch on the CPU up to a third faster and changes no number; read before Python starts. */
export const PEER_ENVIRONMENT: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 30),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 34),
  GOMP_SPINCOUNT: '10000',
};

/**
 * The Python with PyTorch and lightly that results are compared with.
 *
 * `CL_PEER_PYTHON` names one that is there already. Otherwise a virtual environment in the user's cache folder is made
 * at the first call: several gigabytes where pip finds only builds of PyTorch with CUDA (`CL_PEER_PYTHON` avoids that).
 */
export async function ensurePeerPython(): Promise<string> {
  const given = process.env['CL_PEER_PYTHON'];
  if (given) return given;
  const folder = await ensureFolder('peer', PEER_PACKAGES, async (made) => {
    await runLoudly('python3', ['-m', 'venv', made]);
    await runLoudly(join(made, 'bin', 'python'), [...PIP_INSTALL, ...PEER_PACKAGES]);
  });
  return join(folder, 'bin', 'python');
}
