import type { Evaluation } from '../evaluate/evaluation.ts';
import type { EventOf, Lineage } from '../train/events.ts';
import { formatBytes } from '../util/format-bytes.ts';
import { formatCount, formatPlural } from '../util/format-count.ts';
import {
  formatDuration,
  formatEstimate,
  formatInterval,
  formatLoss,
  formatMagnitude,
  formatPercent,
} from './format.ts';
import { lineageLines } from './weights-text.ts';

const evaluationNames: Record<string, string> = { knn: 'kNN', 'linear-probe': 'linear probe' };
const subjectNames: Record<Evaluation['subject'], string> = {
  pretrained: 'pretrained',
  start: 'starting weights',
  untrained: 'untrained',
  pixels: 'raw pixels',
};

/** An evaluation's name as people write it: `kNN`, `linear probe`, else the name itself. */
export function evaluationTitle(name: string): string {
  return evaluationNames[name] ?? name;
}

/** A subject as people write it: `pretrained`, `starting weights`, `untrained`, `raw pixels`. */
export function subjectTitle(subject: Evaluation['subject']): string {
  return subjectNames[subject] ?? subject;
}

/** `kNN 44.1 % (41.9-46.3)`, with the subject named unless it is the pretrained encoder. */
export function evaluationText({ name, subject, top1, interval }: Evaluation): string {
  const who = subject === 'pretrained' ? '' : `, ${subjectTitle(subject)}:`;
  return `${evaluationTitle(name)}${who} ${formatPercent(top1)} (${formatInterval(interval)})`;
}

/** ` after epoch 5`, ` at step 0`; nothing for the floors, which no training changes. */
export function afterEpoch({ epoch, evaluation }: EventOf<'evaluation'>): string {
  if (evaluation.subject === 'start') return ' at step 0';
  return evaluation.subject === 'pretrained' ? ` after epoch ${epoch}` : '';
}

function startedFrom(init: Lineage): string[] {
  const [title, ...others] = lineageLines(init);
  return [`started from ${title}`, ...others];
}

/** What a run is about to do, as lines for the top of the screen. */
export function startLines(event: EventOf<'start'>): string[] {
  const resumed = event.startStep > 0 ? `, going on after step ${formatCount(event.startStep)}` : '';
  return [
    `${event.method} on ${event.device}, ${event.precision}, ${formatMagnitude(event.parameters)} parameters`,
    ...(event.data === undefined ? [] : [event.data]),
    ...(event.init === undefined ? [] : startedFrom(event.init)),
    `${formatPlural(event.images, 'image')}, batches of ${formatCount(event.batchSize)} x ${formatPlural(event.viewsPerImage, 'view')}, ` +
      `${formatPlural(event.epochs, 'epoch')} of ${formatPlural(event.stepsPerEpoch, 'step')} = ${formatPlural(event.totalSteps, 'step')}${resumed}`,
    `run folder ${event.runFolder}`,
    ...(event.preparationSeconds === undefined
      ? []
      : [`preparing the graph for the first step: about ${formatEstimate(event.preparationSeconds)}`]),
  ];
}

/**
 * An epoch's mean loss, which is NaN where every step overflowed float16: a loss that diverges ends the run instead.
 */
export function meanLossText({ loss }: EventOf<'epoch'>): string {
  return Number.isNaN(loss) ? 'no loss (every step overflowed float16)' : `mean loss ${formatLoss(loss)}`;
}

/** How a run ended, in one line. */
export function endText(event: EventOf<'end'>): string {
  const how = { finished: 'finished', interrupted: 'interrupted', failed: 'failed' }[event.reason];
  const why = event.message === undefined ? '' : `: ${event.message}`;
  return `${how} after ${formatPlural(event.step, 'step')} in ${formatDuration(event.seconds)}${why}`;
}

/** A written checkpoint, in one line. */
export function checkpointText(event: EventOf<'checkpoint'>): string {
  return `checkpoint ${event.path} (${formatBytes(event.bytes)})`;
}

/** A warning with its hint, in one line. */
export function warningText(event: EventOf<'warning'>): string {
  return event.hint === undefined ? event.message : `${event.message} (${event.hint})`;
}
