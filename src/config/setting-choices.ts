import { z } from 'zod';
import { RunSchema } from './schema/run.ts';
import { allPaths, everySchemaAt, namedValues, unwrap, wrappedAt } from './schema-walk.ts';

/** A name or value that may be written, and what it means, in a sentence. */
export interface SettingChoice {
  readonly text: string;
  readonly description: string;
}

function firstSentence(text: string): string {
  // Names of papers have full stops (`et al.`), and numbers.
  return /^(.*?(?<!\d| al))[.;](?:\s|$)/s.exec(text)?.[1] ?? text.replace(/\.$/, '');
}

/** What a schema, or one that it wraps, says of itself. */
function descriptionOf(schema: z.core.$ZodType): string | undefined {
  const found = z.globalRegistry.get(schema)?.description;
  if (found !== undefined) return found;
  const inner = (schema as Partial<z.ZodOptional>).def?.innerType;
  return inner === undefined ? undefined : descriptionOf(inner);
}

/** The first sentence of what a setting is; undefined where it differs between methods, optimizers or backbones. */
function describeSetting(path: readonly string[]): string | undefined {
  const [first, ...others] = everySchemaAt(RunSchema, path).map(descriptionOf);
  return first === undefined || others.some((other) => other !== first) ? undefined : firstSentence(first);
}

/** The first sentence of what a setting is in a configuration, by the method and the optimizer that this one has. */
export function describeSettingOf(settings: unknown, path: readonly string[]): string | undefined {
  const [first] = wrappedAt(RunSchema, path, settings).map(descriptionOf);
  return first && firstSentence(first);
}

/** Whether what is at the path can be a value, and not a section alone. */
function isValue(path: readonly string[]): boolean {
  return everySchemaAt(RunSchema, path).some((schema) => {
    const inner = unwrap(schema);
    const options = inner instanceof z.ZodUnion ? inner.def.options.map(unwrap) : [inner];
    return options.some((option) => !(option instanceof z.ZodObject));
  });
}

/**
 * Names of settings that begin like a text, up to their next dot: `optimizer.` for `opt`, `optimizer.learningRate` for
 * `optimizer.l`; those of all methods, optimizers and backbones.
 *
 * @param ending what is put behind a name that a value can have.
 */
export function completeSetting(begun: string, ending: string): SettingChoice[] {
  const parents = begun.split('.').slice(0, -1);
  const paths = allPaths(RunSchema).filter(
    (path) => path.length > parents.length && parents.every((name, at) => path[at] === name),
  );
  const names = [...new Set(paths.map((path) => path[parents.length] as string))];
  return names.flatMap((name) => {
    const path = [...parents, name];
    const text = path.join('.');
    const description = describeSetting(path) ?? '';
    const isSection = paths.some((other) => other.length > path.length && other[parents.length] === name);
    return [
      ...(isValue(path) ? [{ text: text + ending, description }] : []),
      ...(isSection ? [{ text: `${text}.`, description }] : []),
    ];
  });
}

/** Whether a setting is text, such as a path. */
function isText(schema: z.core.$ZodType): boolean {
  const inner = unwrap(schema);
  return inner instanceof z.ZodUnion ? inner.def.options.some(isText) : inner instanceof z.ZodString;
}

/** The values of a setting that have names, of all methods and optimizers; and whether it may be any text. */
export function settingValues(key: string): { readonly names: readonly string[]; readonly isText: boolean } {
  const schemas = everySchemaAt(RunSchema, key.split('.'));
  return { names: [...new Set(schemas.flatMap(namedValues))], isText: schemas.some(isText) };
}
