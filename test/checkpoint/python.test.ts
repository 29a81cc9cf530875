import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeCheckpoint } from '../../src/checkpoint/checkpoint.ts';
import { float32, int32 } from '../../src/runtime/host-tensor.ts';
import { tempFolder } from '../data/temp-files.ts';
import { ROOT } from '../source-files.ts';

/** The program of docs/survival.md that reads a checkpoint, with another path in it. */
function programOf(path: string): string {
  const page = readFileSync(join(ROOT, 'docs/survival.md'), 'utf8');
  const [, program = ''] = /```python\n(.*?)```/s.exec(page) ?? [];
  expect(program).toContain('safe_open("runs/simclr/checkpoints/');
  return program.replace(/safe_open\(".*?"/, `safe_open(${JSON.stringify(path)}`);
}

it('the program of docs/survival.md reads a checkpoint (needs python3 with safetensors and numpy)', async (test) => {
  const python = process.env['PYTHON'] ?? 'python3';
  try {
    execFileSync(python, ['-c', 'import safetensors.numpy'], { stdio: 'ignore' });
  } catch {
    return test.skip(`${python} has no safetensors (set PYTHON to one that has)`);
  }
  const path = join(tempFolder(), 'step-00000152.safetensors');
  await writeCheckpoint(path, {
    tensors: {
      'backbone.conv1.weight': float32(new Float32Array(108).fill(0.5), [3, 3, 3, 4]),
      'optimizer.step': int32([152], []),
    },
    progress: { step: 152, epoch: 8, seed: 0, configHash: '', settings: { method: { name: 'simclr' } } },
    toolVersion: '0.1.0',
  });
  const more = 'print(sorted(state), state["backbone.conv1.weight"].sum(), int(state["optimizer.step"]))';
  const printed = execFileSync(python, ['-c', `${programOf(path)}\n${more}`], { encoding: 'utf8' });
  expect(printed).toBe(`152 simclr\n(3, 3, 3, 4)\n['backbone.conv1.weight', 'optimizer.step'] 54.0 152\n`);
});
