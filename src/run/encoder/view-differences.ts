import type { ViewsConfig } from '../../config/run-config.ts';
import { shellWord } from '../../util/shell-word.ts';
import { evaluationView } from '../views/evaluation-view.ts';

/** A setting's value as YAML takes it. */
const written = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/**
 * How the images that an encoder is shown differ from those that its weights were trained on, as sentences with the
 * settings that would make them alike.
 */
export function viewDifferences(before: ViewsConfig, now: ViewsConfig): string[] {
  const numbers = (views: ViewsConfig): string => JSON.stringify(evaluationView(views).normalization);
  const settings = [
    { key: 'size', was: before.size, is: now.size, isSame: before.size === now.size },
    { key: 'normalize', was: before.normalize, is: now.normalize, isSame: numbers(before) === numbers(now) },
    {
      key: 'crop.interpolation',
      was: before.crop.interpolation,
      is: now.crop.interpolation,
      isSame: before.crop.interpolation === now.crop.interpolation,
    },
  ];
  return settings
    .filter(({ isSame }) => !isSame)
    .map(({ key, was, is }) => {
      const setting = shellWord(`views.${key}=${written(was)}`);
      return `views.${key} is ${written(is)}, and the weights were trained with ${written(was)} (--set ${setting})`;
    });
}
