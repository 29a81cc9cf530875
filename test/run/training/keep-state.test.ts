import { expect, it } from 'vitest';
import { keepState, type UnsavedState } from '../../../src/run/training/keep-state.ts';
import type { TrainEvent } from '../../../src/train/events.ts';

/** What is told, and what is saved, of a run that failed after step 7 with a checkpoint of step 4. */
async function keep(changes: Partial<UnsavedState> = {}, tell?: () => Promise<void>) {
  const told: TrainEvent[] = [];
  const saved: number[] = [];
  const save = async (step: number): Promise<void> => void saved.push(step);
  const state = { step: 7, savedStep: 4, isTorn: false, cause: new Error('the cause'), save, ...changes };
  await keepState(state, tell ?? (async (event) => void told.push(event)));
  return { saved, told: told.map((event) => (event.type === 'warning' ? event.message : event.type)) };
}

it('saves the steps since the last checkpoint', async () => {
  expect(await keep()).toEqual({ saved: [7], told: [] });
  expect(await keep({ savedStep: 0, step: 1 })).toEqual({ saved: [1], told: [] });
});

it('does nothing where all is saved', async () => {
  expect(await keep({ savedStep: 7 })).toEqual({ saved: [], told: [] });
});

it('does not save a state that may be half of a step, and says what is lost', async () => {
  const why = 'could not be saved: the run failed in the middle of a step, and the state may be half of it';
  expect(await keep({ isTorn: true })).toEqual({ saved: [], told: [`steps 5 to 7 ${why}`] });
  expect(await keep({ isTorn: true, savedStep: 6 })).toEqual({ saved: [], told: [`step 7 ${why}`] });
});

it('says why the state could not be saved, unless the run failed by just that', async () => {
  const save = () => Promise.reject(new Error('no space left'));
  expect(await keep({ save })).toEqual({ saved: [], told: ['steps 5 to 7 could not be saved: no space left'] });
  expect(await keep({ save, cause: new Error('no space left') })).toEqual({ saved: [], told: [] });
});

it('never throws: listeners may be what failed', async () => {
  const deaf = () => Promise.reject(new Error('the log is full'));
  expect((await keep({}, deaf)).saved).toEqual([7]);
  await keep({ isTorn: true }, deaf);
});
