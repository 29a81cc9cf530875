import { readFileSync } from 'node:fs';

/** Kernels of one operation that differ in their types alone. */
interface KernelGroup {
  /** The attributes that hold types. */
  readonly attributes: readonly string[];
  /** Arguments that lie in the host's memory although the device is a GPU. */
  readonly host: readonly string[];
  /** For each kernel TensorFlow's numbers of its types, in the order of the attributes; those it takes alike by `/`. */
  readonly types: readonly string[];
}

/** The kernels for GPUs of a release of TensorFlow, by operation. */
export interface KernelTable {
  readonly tensorflow: string;
  readonly kernels: Readonly<Record<string, readonly KernelGroup[]>>;
}

/** The kernels of the GPU build that the set-up fetches, as `bench/make-kernel-table.ts` read them. */
export function readKernelTable(): KernelTable {
  return JSON.parse(readFileSync(new URL('../../../data/gpu-kernels.json', import.meta.url), 'utf8')) as KernelTable;
}

/**
 * The kernel that computes an operation of these types on a GPU, or undefined where the CPU has to.
 *
 * @param typeOf TensorFlow's number of the type that an attribute of the operation has.
 */
export function findKernel(
  { kernels }: KernelTable,
  operation: string,
  typeOf: (attribute: string) => number | undefined,
): Pick<KernelGroup, 'host'> | undefined {
  return kernels[operation]?.find(({ attributes, types }) => {
    const wanted = attributes.map((attribute) => String(typeOf(attribute)));
    return types.some((each) => {
      const allowed = each.split(',');
      return wanted.every((type, i) => allowed[i]?.split('/').includes(type));
    });
  });
}
