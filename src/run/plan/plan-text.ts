import { recipeChanges } from '../../config/recipe-overlay.ts';
import { smallViewSettings, viewSettings, viewsPerImage } from '../../config/resolve-views.ts';
import { lineageLines } from '../../report/weights-text.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { formatCount } from '../../util/format-count.ts';
import { terminalText } from '../../util/terminal-text.ts';
import { describeView } from '../views/describe-view.ts';
import { durationLines, type MeasuredSteps } from './duration-text.ts';
import type { Plan } from './plan.ts';
import { batchLine, stepLines } from './step-text.ts';

const LABEL_WIDTH = 15;

function viewLines({ config: { views } }: Plan): string[] {
  const [first, second] = viewSettings(views).map(describeView);
  const changes = recipeChanges(views);
  const but = changes.length > 0 ? `, but ${changes.join(', ')}` : '';
  const recipe = views.recipe === undefined ? '' : `, recipe ${views.recipe}${but}`;
  const size = `2 of ${views.size} x ${views.size} px${recipe}`;
  const large = first === second ? [`${size}: ${first}`] : [size, `first: ${first}`, `second: ${second}`];
  const small = smallViewSettings(views).slice(0, 1);
  return [
    ...large,
    ...small.map((view) => `${views.small?.count} of ${view.size} x ${view.size} px: ${describeView(view)}`),
  ];
}

function describeBackbone(backbone: Plan['config']['backbone']): string {
  if ('stem' in backbone) return `${backbone.name}, ${backbone.stem} stem, width ${backbone.width}`;
  const { name, positions, heads } = backbone;
  return [
    name,
    ...(heads === 'auto' ? [] : [`${heads} heads`]),
    ...(positions === 'fixed' ? [] : ['learned positions']),
  ].join(', ');
}

function layerSizes(input: number, { hidden, layers }: { hidden: number; layers: number }, output: number): string {
  return [input, ...Array<number>(layers - 1).fill(hidden), output].join('-');
}

function headLines({ model, config: { method } }: Plan): string[] {
  const { projector } = method;
  const predictor =
    'predictor' in method ? `, predictor ${layerSizes(projector.out, method.predictor, projector.out)}` : '';
  const parameters = `${formatCount(model.projectorParameters)} parameters`;
  return [`${layerSizes(model.featureSize, projector, projector.out)}${predictor}: ${parameters}`];
}

function emaText({ start, end }: { start: number; end?: number | undefined }): string {
  const course = end === undefined || end === start ? `${start}` : `${start} to ${end} by a cosine`;
  return `target network: moving average, decay ${course}`;
}

function methodLines({ chanceLoss, config: { method } }: Plan): string[] {
  const facts: readonly (string | false)[] = [
    method.name,
    'temperature' in method && `temperature ${method.temperature}`,
    'queueSize' in method && `${method.queues === 2 ? '2 queues' : 'a queue'} of ${formatCount(method.queueSize)} keys`,
    'symmetric' in method && method.symmetric !== 'none' && `symmetric (${method.symmetric})`,
    'batchNormGroups' in method && method.batchNormGroups > 1 && `BatchNorm in ${method.batchNormGroups} groups`,
    'shuffleKeys' in method && method.shuffleKeys && 'keys shuffled among them',
    chanceLoss !== undefined && `chance loss ${chanceLoss.toFixed(4)}`,
  ];
  return [
    facts.filter((fact) => fact !== false).join(', '),
    ...('emaDecay' in method ? [emaText(method.emaDecay)] : []),
  ];
}

function memoryLines({ memory, config: { schedule, views, precision } }: Plan): string[] {
  const { state, activations, images } = memory;
  return [
    `about ${formatBytes(state + activations + images)} besides TensorFlow's workspaces`,
    `${formatBytes(state)}: weights, their gradients, and what optimizer and method keep`,
    `${formatBytes(activations)}: activations of ${formatCount(viewsPerImage(views) * schedule.batchSize)} views kept for the backward pass, ${precision}`,
    ...(images === 0 ? [] : [`${formatBytes(images)}: decoded images`]),
  ];
}

/** A plan as aligned lines for people, with its duration where steps were measured. */
export function formatPlan(plan: Plan, measured?: MeasuredSteps | undefined): string {
  const { config, model } = plan;
  const { backbone } = config;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['data', [config.data.path, plan.data, ...(plan.storage === undefined ? [] : [plan.storage])]],
    ['views', viewLines(plan)],
    [
      'backbone',
      [
        `${describeBackbone(backbone)}: ${formatCount(model.backboneParameters)} parameters, ${formatCount(model.featureSize)} features`,
      ],
    ],
    ['starts from', plan.init === undefined ? [] : lineageLines(plan.init)],
    ['heads', headLines(plan)],
    ['method', methodLines(plan)],
    ['batch', [batchLine(plan)]],
    ['steps', stepLines(plan)],
    ['duration', durationLines(plan.steps, measured)],
    ['memory', memoryLines(plan)],
    ['device', [`${config.device}, ${config.precision}`]],
    ['run folder', [`${config.output}${plan.isNewFolder ? '' : ', which holds a run'}`]],
    ['warnings', plan.warnings],
  ];
  const lines = sections.flatMap(([label, texts]) =>
    texts.map((text, i) => (i === 0 ? label : '').padEnd(LABEL_WIDTH) + terminalText(text)),
  );
  return `${lines.join('\n')}\n`;
}
