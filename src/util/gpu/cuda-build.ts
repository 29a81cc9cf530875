/** What the fetched GPU build of TensorFlow needs of a driver and a card. */
export const CUDA_BUILD = {
  cuda: '12',
  /** The oldest driver that serves CUDA 12 of any minor version (NVIDIA, CUDA compatibility). */
  oldestDriver: '525.60.13',
  /** TensorFlow holds kernels for no older card. */
  oldestCapability: 6,
  /** From here on there are no compiled kernels: the driver compiles TensorFlow's PTX when it is first used. */
  compiledFrom: 9,
  /** The oldest driver that compiles PTX of CUDA 12.5, with which this TensorFlow was built. */
  oldestCompilingDriver: '555.42.02',
  /** Of compute capability 12.0 it is reported that TensorFlow's PTX is refused; of 10.x nothing is known. */
  untriedFrom: 10,
} as const;

/** Whether version `a` of a driver, such as `525.60.13`, is older than `b`. */
export function isOlder(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
