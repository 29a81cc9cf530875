import { excludeSetting } from './split-settings.ts';

/** Where programs write pictures: `runs/classify/train2` of Ultralytics, `outputs/2024-01-31` of Hydra. */
const WRITTEN =
  /^(runs\/(detect|classify|segment|pose|obb|track|(train|val|predict|exp)\d*)|(outputs|multirun)\/\d{4}-\d\d-\d\d)\//;

/**
 * Warns of a class that is what another program wrote beside the data, with the pattern that leaves it out.
 *
 * @param paths of the images, all below folders in `base`.
 */
export function warnOfPrograms(paths: readonly string[], base: string): string[] {
  const examples = new Map<string, string>();
  for (const path of paths) {
    const inner = path.slice(base.length);
    const name = inner.slice(0, inner.indexOf('/'));
    if (!examples.has(name) && WRITTEN.test(inner)) examples.set(name, path);
  }
  return [...examples].map(([name, example]) => {
    return `the class ${name} looks like what a program wrote (${example}): if it is, leave it out by ${excludeSetting(base, [name])}`;
  });
}
