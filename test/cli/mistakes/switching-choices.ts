import type { Mistake } from './mistake.ts';

const TRAIN = 'cl-train simclr flowers';
const PRINT = `${TRAIN} --print-config`;

/** Another optimizer, method or backbone for a preset, whose own settings do not fit it. */
export const SWITCHING_CHOICES: readonly Mistake[] = [
  {
    command: `${TRAIN} --set optimizer.name=adamw --dry-run`,
    code: 0,
    says: [
      "note: --set optimizer.name=adamw: of the file's settings, dropped momentum 0.9, which it lacks; kept learningRate 0.06, weightDecay 0.0005",
    ],
  },
  {
    command: `${PRINT} --set method.name=byol`,
    code: 0,
    says: [
      "note: --set method.name=byol: of the file's settings, dropped temperature 0.5, passes separate, which it lacks; kept projector",
    ],
  },
  {
    command: `${PRINT} --set backbone.name=vit-tiny-16`,
    code: 0,
    says: ["note: --set backbone.name=vit-tiny-16: of the file's settings, dropped stem cifar, which it lacks"],
  },
  { command: `${PRINT} --set backbone.name=resnet50 --set optimizer.name=sgd`, code: 0, says: [''] },
  {
    command: `${TRAIN} --set optimizer.name=adamw --set optimizer.momentum=0.8`,
    says: [
      'error: --set optimizer.momentum: expected a known setting, got "momentum"; it belongs to another optimizer.name',
    ],
  },
  {
    command: `${TRAIN} --set optimizer.name=adamx`,
    says: [
      'error: --set optimizer.name: expected one of "sgd", "lars", "adam", "adamw", got "adamx"; did you mean "adam"?',
    ],
    instead: `${TRAIN} --set optimizer.name=adam`,
    named: 'adam',
  },
  {
    command: 'cl-train byol.yaml',
    says: [
      'error: byol.yaml:2:22 method.temperature: expected a known setting, got "temperature"; it belongs to another method.name',
    ],
  },
];
