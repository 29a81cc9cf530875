import type { Mistake } from './mistake.ts';

const LIST = 'cl-train --list shows all presets';

/** Presets, images and commands by other names, at other places. */
export const NAMING_PRESETS: readonly Mistake[] = [
  {
    command: 'cl-train',
    says: [
      'error: expected the name of a preset or --config FILE, got nothing',
      `hint: for example cl-train quickstart, which has its images with it; ${LIST}`,
    ],
    instead: 'cl-train quickstart',
  },
  {
    command: 'cl-train -c simcrl --data flowers',
    says: [
      'error: --config: expected the name of a preset or a YAML file, got simcrl, which is neither',
      `hint: did you mean simclr? ${LIST}`,
    ],
    instead: 'cl-train -c simclr --data flowers',
    named: 'simclr',
  },
  {
    command: 'cl-train mocov2.yaml flowers',
    says: [
      'error: expected the name of a preset or a YAML file, got mocov2.yaml, which is neither',
      `hint: did you mean mocov2-imagenet, mocov2plus-cifar or mocov2plus-imagenet100? ${LIST}`,
    ],
    instead: 'cl-train mocov2-imagenet flowers',
    named: 'mocov2-imagenet',
  },
  {
    command: 'cl-train dino flowers',
    says: [
      'error: expected the name of a preset or a YAML file, got dino, which is neither',
      `hint: dino is not offered: the methods are SimCLR, MoCo (v1, v2, v2+, v3) and BYOL; ${LIST}`,
    ],
    instead: 'cl-train --list',
  },
  {
    command: 'cl-train -c configs/simclr.yaml --data flowers',
    says: [
      'error: --config: expected a YAML file, got configs/simclr.yaml, which does not exist',
      'hint: did you mean the preset, --config simclr?',
    ],
    instead: 'cl-train --config simclr --data flowers',
    named: '--config simclr',
  },
  {
    command: 'cl-train simclr',
    says: [
      'error: simclr: expected images to train on, got none',
      'hint: name their folder, or an archive: cl-train simclr FOLDER',
    ],
    instead: 'cl-train simclr FOLDER',
  },
  {
    command: 'cl-train --config simclr --dry-run',
    says: [
      'error: simclr: expected images to train on, got none',
      'hint: name their folder, or an archive: cl-train simclr FOLDER',
    ],
    instead: 'cl-train simclr FOLDER',
  },
  {
    command: 'cl-train flowers/',
    says: [
      'error: expected the name of a preset before the images, got flowers/',
      `hint: cl-train simclr-imagenet100 flowers/ for photographs, cl-train simclr flowers/ for images of about 32 pixels; ${LIST}`,
    ],
    instead: 'cl-train simclr flowers/',
  },
  {
    command: 'cl-train flowers simclr',
    says: [
      'error: expected the name of a preset before the images, got flowers',
      'hint: did you mean cl-train simclr flowers?',
    ],
    instead: 'cl-train simclr flowers',
  },
  {
    command: 'cl-train -c flowers',
    says: [
      'error: --config: expected the name of a preset or a YAML file, got the folder flowers',
      'hint: images are named by --data: cl-train --config simclr --data flowers',
    ],
    instead: 'cl-train --config simclr --data flowers',
  },
  {
    command: 'cl-train flowers -c simclr',
    says: [
      'error: expected no more words beside --config simclr, got flowers',
      'hint: images are named by --data: cl-train --config simclr --data flowers',
    ],
    instead: 'cl-train --config simclr --data flowers',
  },
  {
    command: 'cl-train simclr flowers --data flowers',
    says: ['error: expected images once, got flowers and --data flowers', 'hint: leave one of them out'],
  },
  {
    command: 'cl-train simclr *.png',
    says: [
      'error: too many arguments. Expected 2 arguments but got 3.',
      'hint: for many files (*.jpg) name their folder, or a list of them: (echo path; ls *.jpg) > list.csv',
    ],
  },
  {
    command: 'cl-train runs/simclr',
    says: [
      'error: expected the name of a preset before the images, got runs/simclr, which is a run',
      'hint: to go on with it: cl-train --resume runs/simclr',
    ],
    instead: 'cl-train --resume runs/simclr',
  },
  {
    command: 'cl-train -c runs/simclr',
    says: [
      'error: --config: expected the name of a preset or a YAML file, got the folder runs/simclr',
      'hint: to go on with it: cl-train --resume runs/simclr',
    ],
    instead: 'cl-train --resume runs/simclr',
  },
  {
    command: 'cl-train run --dry-run',
    code: 0,
    says: [''],
  },
  {
    command: 'cl-train resnet18.pth',
    says: [
      'error: expected the name of a preset before the images, got resnet18.pth, a file of weights',
      'hint: to start from it: cl-train simclr-imagenet100 FOLDER --init resnet18.pth',
    ],
  },
  {
    command: 'cl-train list',
    says: [
      'error: expected the name of a preset or a YAML file, got list, which is neither',
      'hint: did you mean cl-train --list?',
    ],
    instead: 'cl-train --list',
  },
  {
    command: 'cl-train pretrain data=flowers model=resnet18',
    says: [
      'error: too many arguments. Expected 2 arguments but got 3.',
      `hint: a preset comes first, for example cl-train simclr-imagenet100 flowers --set backbone.name=resnet18; ${LIST}`,
    ],
    instead: 'cl-train simclr-imagenet100 flowers --set backbone.name=resnet18',
  },
  {
    command: 'cl-train train simclr',
    says: [
      'error: expected the name of a preset or a YAML file, got train, which is neither',
      'hint: there is no command in front: cl-train simclr FOLDER',
    ],
    instead: 'cl-train simclr FOLDER',
  },
  {
    command: 'cl-train knn --run runs/simclr',
    says: ["error: unknown option '--run'", 'hint: did you mean cl-eval knn --run runs/simclr?'],
  },
  {
    command: 'cl-train out=runs/a data=flowers model=torchvision/resnet34 method=moco',
    says: [
      'error: too many arguments. Expected 2 arguments but got 4.',
      'hint: did you mean cl-train moco flowers --output runs/a --set backbone.name=resnet34?',
    ],
    instead: 'cl-train moco flowers --output runs/a --set backbone.name=resnet34',
  },
  {
    command: 'cl-train --method simclr --data flowers --batch-size 128',
    says: ["error: unknown option '--method'", 'hint: did you mean cl-train simclr flowers --batch-size 128?'],
    instead: 'cl-train simclr flowers --batch-size 128',
  },
  {
    command: 'cl-train --method simsiam --data flowers',
    says: [
      "error: unknown option '--method'",
      `hint: simsiam is not offered: the methods are SimCLR, MoCo (v1, v2, v2+, v3) and BYOL; ${LIST}`,
    ],
    instead: 'cl-train --list',
  },
  {
    command: 'cl-train --data flowers',
    says: [
      'error: expected the name of a preset or --config FILE, got nothing',
      `hint: cl-train simclr-imagenet100 flowers for photographs, cl-train simclr flowers for images of about 32 pixels; ${LIST}`,
    ],
    instead: 'cl-train simclr flowers',
  },
  {
    command: 'cl-train --resume',
    says: [
      'error: --resume: expected the run folder, or --config FILE, got neither',
      'hint: the newest run here: cl-train --resume runs/simclr',
    ],
    instead: 'cl-train --resume runs/simclr',
  },
  {
    command: 'cl-train --resume simclr',
    says: ['error: --resume: expected a run folder with config.yaml, got simclr', 'hint: did you mean runs/simclr?'],
    instead: 'cl-train --resume runs/simclr',
    named: 'runs/simclr',
  },
  {
    command: 'cl-train --resume runs/simclr/checkpoints/step-00000001.safetensors',
    says: [
      'error: --resume: expected a run folder with config.yaml, got runs/simclr/checkpoints/step-00000001.safetensors',
    ],
  },
  { command: 'cl-train help', code: 0, says: [] },
  { command: 'cl-export help', code: 0, says: [] },
  { command: 'cl-train --list', code: 0, says: [] },
  {
    command: 'cl-eval linear --run runs/simclr',
    says: ["error: unknown command 'linear'", 'hint: did you mean cl-eval linear-probe --run runs/simclr?'],
  },
  {
    command: 'cl-eval probe',
    says: ["error: unknown command 'probe'", 'hint: did you mean cl-eval linear-probe?'],
  },
  {
    command: 'cl-eval runs/simclr',
    says: ["error: unknown command 'runs/simclr'", 'hint: did you mean cl-eval knn --run runs/simclr?'],
  },
  {
    command: 'cl-eval knn runs/simclr',
    says: [
      "error: too many arguments for 'knn'. Expected 0 arguments but got 1.",
      'hint: did you mean cl-eval knn --run runs/simclr?',
    ],
  },
  {
    command: 'cl-eval --run runs/simclr',
    says: [
      "error: unknown option '--run'",
      'hint: options stand behind a command (knn or linear-probe): cl-eval knn --run runs/simclr',
    ],
  },
  {
    command: 'cl-data flowers',
    says: ["error: unknown command 'flowers'", 'hint: did you mean cl-data inspect flowers?'],
    instead: 'cl-data inspect flowers',
  },
  {
    command: 'cl-data show flowers',
    says: ["error: unknown command 'show'", 'hint: did you mean cl-data preview flowers?'],
  },
  {
    command: 'cl-data check flowers',
    says: ["error: unknown command 'check'", 'hint: did you mean cl-data inspect flowers?'],
    instead: 'cl-data inspect flowers',
  },
  {
    command: 'cl-export runs/simclr',
    says: [
      'error: too many arguments. Expected 0 arguments but got 1.',
      'hint: did you mean cl-export --run runs/simclr?',
    ],
  },
  {
    command: 'cl-export onnx --run runs/simclr --output a',
    says: [
      'error: too many arguments. Expected 0 arguments but got 1.',
      'hint: did you mean cl-export --format onnx --run runs/simclr --output a?',
    ],
  },
  {
    command: 'cl-export runs/simclr encoder.onnx',
    says: [
      'error: too many arguments. Expected 0 arguments but got 2.',
      'hint: did you mean cl-export --run runs/simclr --output encoder.onnx?',
    ],
  },
  {
    command: 'cl-export --run runs/simclr --format onnx',
    says: [
      'error: expected --output DIR, got nothing',
      'hint: for example cl-export --run runs/simclr --format onnx --output exports/simclr',
    ],
  },
  {
    command: 'cl-export --run runs/simclr --format pytorch --output a',
    says: [
      'error: --format: expected torchvision, timm, onnx, savedmodel or tfjs, got pytorch',
      'hint: did you mean torchvision?',
    ],
  },
  {
    command: 'cl-embed --run runs/simclr --format csv',
    says: ["error: unknown option '--format'", 'hint: did you mean --output features.csv?'],
  },
  {
    command: 'cl-doctor runs/simclr',
    says: [
      'error: too many arguments. Expected 0 arguments but got 1.',
      'hint: did you mean cl-doctor checkpoint runs/simclr?',
    ],
  },
];
