/** A field of an object, or of objects in it: `meta.label`; a key that holds the dots itself comes first. */
export function findField(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (Object.hasOwn(value, field)) return (value as Record<string, unknown>)[field];
  for (let dot = field.indexOf('.'); dot !== -1; dot = field.indexOf('.', dot + 1)) {
    const outer = field.slice(0, dot);
    if (!Object.hasOwn(value, outer)) continue;
    const found = findField((value as Record<string, unknown>)[outer], field.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}
