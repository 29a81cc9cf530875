/** Everything that is known to keep a GPU from being used, by name. */
export type GpuProblemKind =
  | 'cpu-build'
  | 'no-cuda-build'
  | 'no-card'
  | 'no-driver'
  | 'nouveau'
  | 'other-kernel-driver'
  | 'module-not-loaded'
  | 'container-without-gpu'
  | 'container-lost-gpu'
  | 'library-missing'
  | 'wsl-no-library'
  | 'wsl-blocked'
  | 'wsl-shadowed'
  | 'no-device-files'
  | 'driver-too-old'
  | 'driver-too-old-for-card'
  | 'version-mismatch'
  | 'hidden-empty'
  | 'hidden'
  | 'hidden-from-container'
  | 'not-allocated'
  | 'out-of-range'
  | 'unknown-uuid'
  | 'nvidia-smi-missing'
  | 'nvidia-smi-hangs'
  | 'nvidia-smi-fails'
  | 'no-permission'
  | 'no-devices'
  | 'gpu-lost'
  | 'needs-reset'
  | 'mig-without-instances'
  | 'mig-not-chosen'
  | 'mig-several'
  | 'card-too-old'
  | 'card-without-kernels'
  | 'memory-held'
  | 'exclusive-held'
  | 'prohibited'
  | 'several-cards'
  | 'shadowed-libraries'
  | 'cuda-libraries-missing'
  | 'stub-library'
  | 'not-ready'
  | 'cudnn-version'
  | 'cudnn-missing'
  | 'cudnn-fails'
  | 'cublas-fails'
  | 'libdevice-missing'
  | 'no-kernel-image'
  | 'ptx-toolchain'
  | 'out-of-memory'
  | 'unknown';

/**
 * Something that is wrong with a GPU or on the way to it, for people.
 *
 * `effect` says what comes of it: `cpu`, TensorFlow sees no GPU, and `device: auto` trains on the CPU; `failure`,
 * TensorFlow takes the card, and fails on it; `note`, it works, and is worth knowing.
 */
export interface GpuProblem {
  readonly kind: GpuProblemKind;
  readonly effect: 'cpu' | 'failure' | 'note';
  /** What was expected and what was got: a clause or more without a stop at its end. */
  readonly problem: string;
  /** What to do, in sentences, with a command that works. */
  readonly hint: string;
}
