import { expect, test } from 'vitest';
import { createPlainProgress } from '../../src/report/plain-progress.ts';
import type { EventOf } from '../../src/train/events.ts';
import { runEvents } from './recorded-run.ts';

function recorder() {
  let text = '';
  return { stream: { write: (part: string) => (text += part) }, lines: () => text.split('\n').slice(0, -1) };
}

test('a line every few seconds and at each epoch end, each stamped with the time since the start', async () => {
  const { stream, lines } = recorder();
  let clock = 1_000_000;
  const progress = createPlainProgress(stream, { everySeconds: 5, now: () => clock });
  for (const event of runEvents()) {
    if (event.type === 'step') clock += 2000;
    await progress.handle(event);
  }
  await progress.close();
  const stepLines = lines().filter((line) => line.includes('  lr '));
  expect(lines().slice(0, 3)).toEqual([
    '[0:00] SimCLR on cpu, float32, 11.5 M parameters',
    '[0:00] 4,000 images, batches of 64 x 2 views, 3 epochs of 10 steps = 30 steps',
    '[0:00] run folder runs/one',
  ]);
  expect(stepLines.map((line) => line.split('  ')[0])).toEqual([
    '[0:06] step 3/30',
    '[0:12] step 6/30',
    '[0:18] step 9/30',
    '[0:26] step 13/30',
    '[0:32] step 16/30',
    '[0:38] step 19/30',
    '[0:46] step 23/30',
    '[0:52] step 26/30',
    '[0:58] step 29/30',
  ]);
  expect(lines()).toContain('[0:20] epoch 1/3 done in 0:05: mean loss 4.500  130 images/s  waiting for data 3 %');
  expect(lines()).toContain('[0:40] kNN 32.0 % (28.0-35.0) after epoch 2');
  expect(lines()).toContain('[1:00] checkpoint checkpoints/step-30.safetensors (138 MB)');
  expect(lines().at(-1)).toBe('[1:00] finished after 30 steps in 0:15');
});

test('a slow first step is told beforehand, and does not lengthen the time left', async () => {
  const { stream, lines } = recorder();
  let clock = 0;
  const progress = createPlainProgress(stream, { now: () => clock });
  const [start, ...steps] = [...runEvents()].filter(({ type }) => type === 'start' || type === 'step');
  await progress.handle({ ...(start as EventOf<'start'>), preparationSeconds: 61.4 });
  clock += 60_000;
  for (const step of steps.slice(0, 4)) {
    await progress.handle(step);
    clock += 6000;
  }
  expect(
    lines()
      .slice(3)
      .map((line) => line.replace(/ {2}.* {2}/, ' ... ')),
  ).toEqual([
    '[0:00] preparing the graph for the first step: about 60 s',
    '[1:00] step 1/30 ... ETA -:--',
    '[1:06] step 2/30 ... ETA 2:48',
    '[1:12] step 3/30 ... ETA 2:42',
    '[1:18] step 4/30 ... ETA 2:36',
  ]);
});

test('a file name cannot forge lines or move the cursor', async () => {
  const { stream, lines } = recorder();
  await createPlainProgress(stream).handle({ type: 'warning', step: 1, message: 'a\n[0:00] done\u001b[2Jb' });
  expect(lines()).toEqual(['[0:00] warning: a [0:00] done?[2Jb']);
});
