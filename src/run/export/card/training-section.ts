import { formatCount, formatPlural } from '../../../util/format-count.ts';
import type { CardFacts } from './card-facts.ts';
import { escapeMarkdown, fenced, table } from './markdown.ts';
import { METHODS } from './names.ts';

function methodWords({ method }: CardFacts['training']): string {
  const { name, projector, ...others } = method;
  const settings = Object.entries({
    ...others,
    ...Object.fromEntries(Object.entries(projector).map(([k, v]) => [`projector.${k}`, v])),
  })
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([key, value]) => `${key} ${String(value)}`);
  return `${METHODS[name]}: ${escapeMarkdown(settings.join(', '))}`;
}

function viewWords({ views, method }: CardFacts['training']): string {
  const { recipe, size, small } = views;
  const named = recipe === undefined ? 'settings below' : `recipe \`${recipe}\``;
  const further = small === undefined ? '' : `, and ${formatPlural(small.count, 'small view')} of ${small.size} pixels`;
  return `${named}; two views of ${size} pixels an image${further}${method.name === 'byol' ? ', the second drawn otherwise where its settings say so' : ''}`;
}

function lineageRow({ lineage }: CardFacts): string[][] {
  if (lineage === undefined) return [['began from', 'random weights']];
  const { name, kind, sha256 } = lineage;
  const what = [kind, sha256 === undefined ? undefined : `SHA-256 \`${sha256}\``].filter((each) => each !== undefined);
  return [['began from', `${escapeMarkdown(name)}${what.length > 0 ? ` (${what.join(', ')})` : ''}`]];
}

/** How the encoder was pretrained. */
export function trainingSection(facts: CardFacts): string {
  const { training, description } = facts;
  const { optimizer, schedule, precision, seed } = training;
  const batches = schedule.accumulate > 1 ? ` in ${schedule.accumulate} batches` : '';
  const rows = [
    ['method', methodWords(training)],
    ['views', viewWords(training)],
    [
      'epochs',
      `${formatCount(description.epoch)} of ${formatCount(schedule.epochs)} planned (${formatPlural(description.step, 'step')})`,
    ],
    ['images of a step', `${formatCount(schedule.batchSize * schedule.accumulate)}${batches}`],
    ['optimizer', `${optimizer.name}, learning rate ${optimizer.learningRate}`],
    ['precision', `${precision}; these weights are float32`],
    ['seed', String(seed)],
    ...lineageRow(facts),
  ];
  return `## Pretraining

${table(['', ''], rows)}

<details><summary>All settings that training depends on, but for the data</summary>

${fenced(training.settingsText, 'yaml')}

</details>`;
}
