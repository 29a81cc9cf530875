/** Files of the GPU build whose paths a pattern matches, and whether training needs them. */
interface CudaFiles {
  readonly pattern: RegExp;
  readonly kept: boolean;
  readonly why: string;
}

const ASKED = 'TensorFlow opens it before it takes a GPU';

/**
 * What of CUDA's libraries a bundle holds: the first row that matches a path decides, and what no row names is kept.
 *
 * Found out on TensorFlow 2.21.0 with CUDA 12.9 and cuDNN 9.28, in November 2026, without a GPU: what
 * `tsl::internal::DsoLoader::TryDlopenCUDALibraries` opens, NEEDED of each library (`readelf -d`), the names of
 * libraries in each (`strings`), and which parts cuDNN loads when its functions are called.
 */
const CUDA_FILES: readonly CudaFiles[] = [
  {
    pattern: /^nvidia\/cudnn\/lib\/libcudnn_adv\./,
    kept: false,
    why: 'recurrent networks, CTC and attention as layers, of which there are none here; cuDNN loads it at their first call',
  },
  {
    pattern: /^nvidia\/nccl\//,
    kept: false,
    why: 'sums over several cards; training uses one',
  },
  {
    pattern: /^nvidia\/cusolver\/lib\/libcusolverMg\./,
    kept: false,
    why: 'linear algebra on several cards; nothing opens it',
  },
  {
    pattern: /^nvidia\/curand\//,
    kept: false,
    why: 'random numbers; TensorFlow has its own, and nothing opens it',
  },
  {
    pattern: /^nvidia\/cuda_nvrtc\/lib\/.*\.alt\.so/,
    kept: false,
    why: 'another build of the compiler beside it; nothing opens it',
  },
  {
    pattern: /^nvidia\/cuda_nvcc\/nvvm\/lib64\//,
    kept: false,
    why: 'a compiler for nvcc; XLA has its own',
  },
  { pattern: /^nvidia\/cuda_cupti\//, kept: false, why: 'profiling' },
  { pattern: /^nvidia\/cublas\/lib\/libnvblas\./, kept: false, why: 'for programs that call BLAS; nothing opens it' },
  {
    pattern: /^nvidia\/cufft\/lib\/libcufftw\./,
    kept: false,
    why: 'for programs that call FFTW; nothing opens it',
  },
  { pattern: /^nvidia\/cuda_runtime\//, kept: true, why: `${ASKED}; copies, and starts kernels` },
  { pattern: /^nvidia\/cublas\//, kept: true, why: `${ASKED}; products of matrices` },
  {
    pattern: /^nvidia\/cudnn\//,
    kept: true,
    why: `${ASKED}; convolutions, pooling, BatchNorm; it loads its parts by name`,
  },
  { pattern: /^nvidia\/cufft\//, kept: true, why: `${ASKED}, and takes none without it` },
  { pattern: /^nvidia\/cusolver\//, kept: true, why: `${ASKED}, and takes none without it` },
  { pattern: /^nvidia\/cusparse\//, kept: true, why: `${ASKED}; cusolver needs it` },
  { pattern: /^nvidia\/nvjitlink\//, kept: true, why: 'cusparse and cusolver need it' },
  { pattern: /^nvidia\/cuda_nvrtc\//, kept: true, why: 'cuDNN and cuBLAS compile fused kernels with it' },
  {
    pattern: /^nvidia\/cuda_nvcc\//,
    kept: true,
    why: 'ptxas and libdevice: what XLA compiles with, where gpu.xla is on',
  },
];

/** The row of a file of the GPU build; undefined for one of TensorFlow itself, or one that no row names. */
export function cudaFiles(path: string): CudaFiles | undefined {
  return CUDA_FILES.find(({ pattern }) => pattern.test(path));
}
