import { bufferBytes, cApi, tensorflowVersion, withStatus } from '../c-api.ts';
import { decodeKernels, type KernelDefinition } from '../protocol.ts';
import type { KernelTable } from './kernel-table.ts';

/** `DEFAULT` kernels serve every device that has none of its own: they come after those of GPUs. */
const DEVICES: readonly string[] = ['GPU', 'DEFAULT'];

/**
 * The kernels for GPUs of the loaded TensorFlow, which need no GPU to be listed; undefined where it is built for CPUs.
 */
export function libraryKernels(): KernelTable | undefined {
  const buffer = withStatus('list kernels', (status) => cApi().TF_GetAllRegisteredKernels(status));
  const all = decodeKernels(bufferBytes(buffer));
  cApi().TF_DeleteBuffer(buffer);
  if (!all.some(({ op, deviceType }) => op === 'Conv2D' && deviceType === 'GPU')) return undefined;
  const groups = new Map<string, { attributes: string[]; host: string[]; types: Set<string> }>();
  const byOperation = new Map<string, Set<string>>();
  // A kernel with a label runs only where an operation asks for it.
  const kept = all.filter(({ label, deviceType }) => label === '' && DEVICES.includes(deviceType));
  for (const kernel of kept.toSorted(compareKernels)) {
    const { op, constraint, hostMemoryArg } = kernel;
    const ordered = constraint.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const attributes = ordered.map(({ name }) => name);
    const host = hostMemoryArg.toSorted();
    const key = JSON.stringify([op, attributes, host]);
    const group = groups.get(key) ?? { attributes, host, types: new Set() };
    group.types.add(ordered.map(({ allowedValues }) => allowedValues?.list.type.join('/') ?? '').join());
    groups.set(key, group);
    byOperation.set(op, (byOperation.get(op) ?? new Set()).add(key));
  }
  const kernels = [...byOperation].map(([op, keys]) => {
    const own = [...keys].flatMap((key) => groups.get(key) ?? []);
    return [op, own.map((group) => ({ ...group, types: [...group.types].sort() }))] as const;
  });
  return { tensorflow: tensorflowVersion(), kernels: Object.fromEntries(kernels) };
}

/** By operation, then device; else by what they take, so that the table is the same in every process. */
function compareKernels(a: KernelDefinition, b: KernelDefinition): number {
  const keyOf = ({ op, deviceType, hostMemoryArg, constraint }: KernelDefinition): string =>
    [op, DEVICES.indexOf(deviceType), hostMemoryArg.toSorted().join(), JSON.stringify(constraint)].join('\0');
  const [first, second] = [keyOf(a), keyOf(b)];
  if (first === second) return 0;
  return first < second ? -1 : 1;
}
