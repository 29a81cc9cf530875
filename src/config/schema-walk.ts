import { z } from 'zod';
import type { Path } from './path.ts';

/** The schema without defaults and other wrappers. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema;
  for (;;) {
    if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional) {
      inner = inner.def.innerType;
    } else if (inner instanceof z.ZodPipe) inner = inner.def.in;
    else return inner;
  }
}

/** The object schemas that a value may have: one, or those of a union; of a tagged union the one that `value` names. */
function objects(schema: z.core.$ZodType, value: unknown): z.ZodObject[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) return [inner];
  if (!(inner instanceof z.ZodUnion)) return [];
  const all = inner.def.options.flatMap((option) => objects(option, value));
  const tag = inner instanceof z.ZodDiscriminatedUnion ? inner.def.discriminator : undefined;
  if (tag === undefined) return all;
  const named = all.filter((option) => z.safeParse(option.shape[tag] as z.ZodType, member(value, tag)).success);
  return named.length > 0 ? named : all;
}

/** A member of a mapping, own properties only. */
export function member(value: unknown, key: string | number): unknown {
  const own = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
  return own ? (value as Record<string | number, unknown>)[key] : undefined;
}

/** The schemas at `path` with their wrappers, which hold their descriptions, following the tags in `value`. */
export function wrappedAt(schema: z.core.$ZodType, path: Path, value: unknown): z.core.$ZodType[] {
  const [key, ...rest] = path;
  if (key === undefined) return [schema];
  return objects(schema, value).flatMap(({ shape }) =>
    Object.hasOwn(shape, key) ? wrappedAt(shape[key] as z.core.$ZodType, rest, member(value, key)) : [],
  );
}

/** The schemas at `path`, following the tags in `value`; none when there is no such setting. */
export function schemasAt(schema: z.core.$ZodType, path: Path, value: unknown): z.core.$ZodType[] {
  return wrappedAt(schema, path, value).map(unwrap);
}

/** The schemas at `path` in all members of unions, with their wrappers, which hold their descriptions. */
export function everySchemaAt(schema: z.core.$ZodType, path: readonly string[]): z.core.$ZodType[] {
  const [key, ...rest] = path;
  if (key === undefined) return [schema];
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) return inner.def.options.flatMap((option) => everySchemaAt(option, path));
  if (!(inner instanceof z.ZodObject) || !Object.hasOwn(inner.shape, key)) return [];
  return everySchemaAt(inner.shape[key] as z.core.$ZodType, rest);
}

/** The keys that the mapping at `path` may have. */
export function keysAt(schema: z.core.$ZodType, path: Path, value: unknown): string[] {
  const inside = path.reduce<unknown>((parent, key) => member(parent, key), value);
  const found = schemasAt(schema, path, value).flatMap((at) => objects(at, inside));
  return [...new Set(found.flatMap(({ shape }) => Object.keys(shape)))];
}

/** The paths of every setting, sections included, of all members of unions. */
export function allPaths(schema: z.core.$ZodType): string[][] {
  const inner = unwrap(schema);
  const options = inner instanceof z.ZodUnion ? inner.def.options.map(unwrap) : [inner];
  return options.flatMap((option) =>
    option instanceof z.ZodObject
      ? Object.entries(option.shape).flatMap(([key, child]) => [
          [key],
          ...allPaths(child as z.core.$ZodType).map((rest) => [key, ...rest]),
        ])
      : [],
  );
}

/** The values that a schema allows by name. */
export function namedValues(schema: z.core.$ZodType): string[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) return inner.def.options.flatMap(namedValues);
  if (inner instanceof z.ZodEnum) return Object.values(inner.def.entries).map(String);
  if (inner instanceof z.ZodLiteral) return inner.def.values.map(String);
  return inner instanceof z.ZodBoolean ? ['true', 'false'] : [];
}
