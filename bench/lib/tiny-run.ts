import { resolve } from 'node:path';

/**
 * An experiment on 130 bundled images that takes a second once TensorFlow is loaded, with 16 steps an epoch.
 *
 * @param sections lines of YAML that take the place of those below that begin with the same word.
 */
export function tinyRun(epochs: number, sections: readonly string[] = []): string {
  const lines = [
    `data: {path: ${resolve('data/cifar10-mini.tar.gz')}, subsetPerClass: 13}`,
    'method: {name: simclr, projector: {hidden: 8, out: 4}}',
    'backbone: {width: 4}',
    'views: {size: 16}',
    `schedule: {epochs: ${epochs}, batchSize: 8}`,
    'evaluate: {knn: {everyEpochs: 0}, linearProbe: false}',
    'checkpoint: {everySteps: 5}',
    'export: {atEnd: []}',
  ];
  const keyOf = (line: string): string => line.split(':')[0] as string;
  const given = new Map(sections.map((line) => [keyOf(line), line]));
  return `${lines.map((line) => given.get(keyOf(line)) ?? line).join('\n')}\n`;
}
