import { setTimeout as sleep } from 'node:timers/promises';
import { createProgress } from '../../src/report/progress-bar.ts';
import { runEvents } from './recorded-run.ts';

const progress = createProgress(process.stderr, { everySeconds: 0.05 });
for (const event of runEvents()) {
  await progress.handle(event);
  if (event.type === 'step') await sleep(15);
}
await progress.close();
process.stdout.write('RESULT\n');
