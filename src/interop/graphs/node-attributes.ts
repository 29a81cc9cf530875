import type { GraphNode } from './graph-def.ts';

/** An attribute that is a list of integers; throws an Error where there is none. */
export function listOf({ name, attributes }: GraphNode, key: string): readonly number[] {
  const value = attributes[key];
  if (value !== undefined && 'list' in value) return value.list;
  throw new Error(`Expected '${name}' to have a list '${key}'.`);
}

/** An attribute that is a text; throws an Error where there is none. */
export function textOf({ name, attributes }: GraphNode, key: string): string {
  const value = attributes[key];
  if (value !== undefined && 'text' in value) return value.text;
  throw new Error(`Expected '${name}' to have a text '${key}'.`);
}

/** An attribute that is a float; throws an Error where there is none. */
export function floatOf({ name, attributes }: GraphNode, key: string): number {
  const value = attributes[key];
  if (value !== undefined && 'float' in value) return value.float;
  throw new Error(`Expected '${name}' to have a float '${key}'.`);
}

/** An attribute that is a type; throws an Error where there is none. */
export function typeOf({ name, attributes }: GraphNode, key: string): number {
  const value = attributes[key];
  if (value !== undefined && 'type' in value) return value.type;
  throw new Error(`Expected '${name}' to have a type '${key}'.`);
}

/** Whether an attribute is true; it is false where it is absent. */
export function isSet({ attributes }: GraphNode, key: string): boolean {
  const value = attributes[key];
  return value !== undefined && 'flag' in value && value.flag;
}
