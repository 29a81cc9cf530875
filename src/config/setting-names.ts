import { UserError } from '../util/errors.ts';
import { nearestName } from '../util/nearest-name.ts';
import { RunSchema } from './schema/run.ts';
import { allPaths } from './schema-walk.ts';

/** Throws a UserError (exit 2) where a name is neither that of a setting or section nor among the others. */
export function checkSettingNames(label: string, names: readonly string[], others: readonly string[] = []): void {
  const known = [...new Set([...allPaths(RunSchema).map((path) => path.join('.')), ...others])];
  const wrong = names.find((name) => !known.includes(name));
  if (wrong === undefined) return;
  const near = nearestName(wrong, known);
  throw new UserError(
    `${label}: expected names of settings, such as optimizer.learningRate, got ${JSON.stringify(wrong)}`,
    {
      hint: near === undefined ? 'cl-train --print-schema lists them.' : `did you mean ${near}?`,
      exitCode: 2,
    },
  );
}
