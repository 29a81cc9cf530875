// Saves checkpoints until killed: node --import tsx save-forever.ts FOLDER FIRST_STEP
import { saveCheckpoint } from '../../src/checkpoint/checkpoint-folder.ts';
import { float32 } from '../../src/runtime/host-tensor.ts';

const [folder = '', first = '0'] = process.argv.slice(2);
for (let step = Number(first); ; step++) {
  const weights = float32(new Float32Array(200_000).fill(step), [200, 1000]);
  const progress = { step, epoch: 0, seed: 0, configHash: '' };
  await saveCheckpoint(folder, { tensors: { weights }, progress, toolVersion: '0' }, { newest: 2 });
  process.stdout.write('.');
}
