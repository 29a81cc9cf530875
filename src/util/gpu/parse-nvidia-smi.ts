/** A card as the driver tells it. */
export interface GpuCard {
  /** Its number for `nvidia-smi`: by its place on the bus. */
  readonly index: number;
  readonly name: string;
  readonly uuid: string;
  readonly driverVersion: string | undefined;
  /** CUDA compute capability, such as 9.0; undefined where the driver does not tell. */
  readonly capability: number | undefined;
  /** MiB. */
  readonly memoryTotal: number | undefined;
  readonly memoryFree: number | undefined;
  /** `Default`, `Exclusive_Process` or `Prohibited`. */
  readonly computeMode: string | undefined;
  readonly isMigEnabled: boolean;
  /** Whether the driver answers for it only that it must be reset, or can't be asked. */
  readonly isBroken: boolean;
}

/** A process that uses a card. */
export interface GpuProcess {
  readonly uuid: string;
  /** As the host counts it: in a container another one. */
  readonly pid: number;
  readonly name: string;
  /** MiB; undefined where the driver does not tell. */
  readonly memory: number | undefined;
}

/** A card of `nvidia-smi -L`, with the UUIDs of its MIG instances. */
export interface ListedCard {
  readonly index: number;
  readonly name: string;
  readonly uuid: string;
  readonly instances: readonly { readonly profile: string; readonly uuid: string }[];
}

/** Rows of `--format=csv` by the names of its first line; a unit in a name is left out. */
function readRows(text: string, first: string): Record<string, string>[] {
  const lines = text.split(/\r?\n/);
  const head = lines.findIndex((line) => line.startsWith(`${first},`));
  if (head < 0) return [];
  const names = (lines[head] ?? '').split(',').map((name) => name.replace(/\[.*/, '').trim());
  return lines.slice(head + 1).flatMap((line) => {
    const values = line.split(',').map((value) => value.trim());
    // What is said of a card that fails stands between the rows.
    if (values.length < names.length) return [];
    return [Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']))];
  });
}

/** A value that the driver knows: not `[N/A]`, `[Not Supported]` and the like. */
function known(value: string | undefined): string | undefined {
  return value === undefined ||
    value === '' ||
    /^\[?(N\/A|Not Supported|Unknown Error|GPU requires reset|Insufficient Permissions|ERR!)/i.test(value)
    ? undefined
    : value;
}

function knownNumber(value: string | undefined): number | undefined {
  const number = Number.parseFloat(known(value) ?? '');
  return Number.isNaN(number) ? undefined : number;
}

const BROKEN = /GPU requires reset|Unknown Error|GPU is lost|ERR!/i;

/** Cards of `nvidia-smi --query-gpu=index,... --format=csv`; none in any other text. */
export function parseCards(text: string): GpuCard[] {
  return readRows(text, 'index').map((row) => ({
    index: Number(row['index']),
    name: known(row['name']) ?? 'a card without a name',
    uuid: known(row['uuid']) ?? '',
    driverVersion: known(row['driver_version']),
    capability: knownNumber(row['compute_cap']),
    memoryTotal: knownNumber(row['memory.total']),
    memoryFree: knownNumber(row['memory.free']),
    computeMode: known(row['compute_mode']),
    isMigEnabled: /^enabled$/i.test(row['mig.mode.current'] ?? ''),
    isBroken: [row['memory.total'], row['memory.free'], row['pstate']].some((value) => BROKEN.test(value ?? '')),
  }));
}

/** Processes of `nvidia-smi --query-compute-apps=gpu_uuid,pid,process_name,used_gpu_memory --format=csv`. */
export function parseProcesses(text: string): GpuProcess[] {
  return text.split(/\r?\n/).flatMap((line) => {
    // A process calls itself as it likes, also with commas.
    const match = line.match(/^(\S+), (\d+), (.*), ([^,]+)$/);
    if (match === null) return [];
    const [, uuid = '', pid = '', name = '', memory = ''] = match;
    return [{ uuid, pid: Number(pid), name, memory: knownNumber(memory) }];
  });
}

/** Cards of `nvidia-smi -L`. */
export function parseList(text: string): ListedCard[] {
  const cards: (ListedCard & { instances: { profile: string; uuid: string }[] })[] = [];
  for (const line of text.split(/\r?\n/)) {
    const card = line.match(/^GPU (\d+): (.*) \(UUID: ([^)]+)\)/);
    if (card !== null) {
      cards.push({ index: Number(card[1]), name: card[2] ?? '', uuid: card[3] ?? '', instances: [] });
      continue;
    }
    const instance = line.match(/^\s+MIG (\S+)\s+Device\s+\d+: \(UUID: ([^)]+)\)/);
    if (instance !== null) cards.at(-1)?.instances.push({ profile: instance[1] ?? '', uuid: instance[2] ?? '' });
  }
  return cards;
}
