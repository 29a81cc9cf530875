import { parseDocument } from 'yaml';
import { z } from 'zod';
import { UserError } from '../util/errors.ts';
import type { Assignment } from './assignment.ts';
import { type Path, showPath, startsWith } from './path.ts';
import { member, schemasAt } from './schema-walk.ts';

/** A setting from the command line; `label` is how messages name it. */
export interface Override {
  readonly label: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

/**
 * The value of an assignment: as it stands where the setting is text, else parsed as YAML.
 *
 * @throws UserError when the value is not YAML.
 */
export function parseOverride({ label, key, text }: Assignment, schema: z.ZodType, settings: unknown): Override {
  const path = key.split('.');
  const isText = schemasAt(schema, path, settings).some((at) => at instanceof z.ZodString);
  if (isText) return { label, path, value: text };
  const document = parseDocument(text, { prettyErrors: false, stringKeys: true });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem)
    throw new UserError(`${label}: expected a YAML value, got ${JSON.stringify(text)} (${problem.message})`, {
      hint: "quote it for the shell, for example --set 'views.crop.area=[0.2, 1]'",
      exitCode: 2,
    });
  return { label, path, value: document.toJS({ maxAliasCount: 50 }) };
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withValue(settings: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const changed = isSection(settings) ? { ...settings } : {};
  const inner = withValue(member(settings, key), rest, value);
  Object.defineProperty(changed, key, { value: inner, enumerable: true, configurable: true, writable: true });
  return changed;
}

/**
 * The settings with overrides applied in their order; nothing given is changed.
 *
 * @throws UserError when a path leads into something that is not a section.
 */
export function applyOverrides(settings: unknown, overrides: readonly Override[]): unknown {
  let result = settings;
  for (const { label, path, value } of overrides) {
    const blocked = path.slice(0, -1).findIndex((_, i) => {
      const parent = path.slice(0, i + 1).reduce<unknown>((inner, key) => member(inner, key), result);
      return parent !== undefined && parent !== null && !isSection(parent);
    });
    if (blocked >= 0) {
      const parent = showPath(path.slice(0, blocked + 1));
      throw new UserError(`${label}: \`${parent}\` is one value and has no parts`, {
        exitCode: 2,
        hint: `set ${parent} as a whole`,
      });
    }
    result = withValue(result, path, value);
  }
  return result;
}

/** The last override that decided the value at `path`, or made it (as a parent) where the file had none. */
export function overrideOf(path: Path, overrides: readonly Override[], file: unknown): Override | undefined {
  const isInFile = path.reduce<unknown>((parent, key) => member(parent, key), file) !== undefined;
  return overrides.findLast(
    (override) => startsWith(path, override.path) || (!isInFile && path.length > 0 && startsWith(override.path, path)),
  );
}
