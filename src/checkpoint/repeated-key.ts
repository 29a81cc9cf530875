/**
 * The first key that occurs twice in one object of a JSON text, or undefined.
 *
 * `JSON.parse` keeps the last of two equal keys, so that a tensor would vanish without a word. The text must be valid
 * JSON.
 */
export function repeatedKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // keys of each object around the position; undefined for an array
  const token = /["{}[\]]/g;
  for (let match = token.exec(json); match !== null; match = token.exec(json)) {
    const [text] = match;
    if (text === '{') open.push(new Set());
    else if (text === '[') open.push(undefined);
    else if (text === '}' || text === ']') open.pop();
    else {
      const end = stringEnd(json, match.index);
      token.lastIndex = end;
      if (!isFollowedByColon(json, end)) continue;
      const key = JSON.parse(json.slice(match.index, end)) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}

/** The position behind a string that begins at a quotation mark. A pattern for it runs out of stack in megabytes. */
function stringEnd(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); ; end = json.indexOf('"', end + 1)) {
    let first = end;
    while (json[first - 1] === '\\') first--;
    if ((end - first) % 2 === 0) return end + 1;
  }
}

function isFollowedByColon(json: string, position: number): boolean {
  const next = /\S/g;
  next.lastIndex = position;
  return next.exec(json)?.[0] === ':';
}
