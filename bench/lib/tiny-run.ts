import { resolve } from 'node:path';

/** An experiment on 130 bundled images that takes a second once TensorFlow is loaded, with 16 steps an epoch. */
export function tinyRun(epochs: number, everySteps = 5): string {
  return `data: {path: ${resolve('data/cifar10-mini.tar.gz')}, subsetPerClass: 13}
method: {name: simclr, projector: {hidden: 8, out: 4}}
backbone: {width: 4}
views: {size: 16}
schedule: {epochs: ${epochs}, batchSize: 8}
evaluate: {knn: {everyEpochs: 0}, linearProbe: false}
checkpoint: {everySteps: ${everySteps}}
export: {atEnd: []}
`;
}
