import type { ViewsConfig } from '../../config/run-config.ts';
import { evaluationView } from '../views/evaluation-view.ts';

/** How the images that an encoder is shown differ from those that its weights were trained on, as sentences. */
export function viewDifferences(before: ViewsConfig, now: ViewsConfig): string[] {
  const [was, is] = [evaluationView(before), evaluationView(now)];
  const numbers = ({ mean, std }: typeof is.normalization): string => `mean ${mean.join(' ')}, std ${std.join(' ')}`;
  const pairs = [
    ['views.size', was.transform.size, is.transform.size],
    ['views.normalize', numbers(was.normalization), numbers(is.normalization)],
    ['views.crop.interpolation', was.transform.interpolation, is.transform.interpolation],
  ] as const;
  return pairs
    .filter(([, trained, here]) => trained !== here)
    .map(([key, trained, here]) => `${key} was ${trained} where the weights were trained, and is ${here} here`);
}
