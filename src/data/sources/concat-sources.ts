import type { ImageSource } from './image-source.ts';

/** Sources one after the other, as one; those that have labels have the same classes. */
export function concatSources(sources: readonly [ImageSource, ...ImageSource[]]): ImageSource {
  const [first] = sources;
  if (sources.length === 1) return first;
  const starts = [0];
  for (const source of sources) starts.push((starts.at(-1) as number) + source.count);
  const find = (index: number): [ImageSource, number] => {
    const t = starts.findLastIndex((start) => start <= index);
    return [sources[t] as ImageSource, index - (starts[t] as number)];
  };
  const count = starts.at(-1) as number;
  const isLabelled = sources.every(({ labels }) => labels !== undefined);
  const labels = new Int32Array(isLabelled ? count : 0);
  if (isLabelled) for (const [t, source] of sources.entries()) labels.set(source.labels as Int32Array, starts[t]);
  const isOneSize = sources.every(
    ({ size }) => size?.height === first.size?.height && size?.width === first.size?.width,
  );
  return {
    kind: first.kind,
    count,
    size: isOneSize ? first.size : undefined,
    labels: isLabelled ? labels : undefined,
    classes: isLabelled ? first.classes : [],
    name: (index) => {
      const [source, within] = find(index);
      return source.name(within);
    },
    origin: (index) => {
      const [source, within] = find(index);
      return source.origin(within);
    },
    read: (index) => {
      const [source, within] = find(index);
      return source.read(within);
    },
  };
}
