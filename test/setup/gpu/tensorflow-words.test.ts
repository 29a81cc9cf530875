import { expect, it } from 'vitest';
import { UserError } from '../../../src/util/errors.ts';
import { explainGpuFailure } from '../../../src/util/gpu/explain-gpu-failure.ts';
import type { GpuProblem, GpuProblemKind } from '../../../src/util/gpu/gpu-problem.ts';
import { parseProcesses } from '../../../src/util/gpu/parse-nvidia-smi.ts';
import { explainTensorflowWords } from '../../../src/util/gpu/tensorflow-words.ts';
import { recorded } from './recordings.ts';

type Case = readonly [name: string, kind: GpuProblemKind, effect: GpuProblem['effect'], problem: RegExp, hint: RegExp];

const CASES: readonly Case[] = [
  ['tensorflow-no-driver', 'library-missing', 'cpu', /libcuda\.so\.1/, /--gpus all/],
  ['tensorflow-no-device', 'no-devices', 'cpu', /CUDA_ERROR_NO_DEVICE/, /CUDA_VISIBLE_DEVICES/],
  ['tensorflow-driver-mismatch', 'version-mismatch', 'cpu', /CUDA_ERROR_SYSTEM_DRIVER_MISMATCH/, /Restart the machine/],
  ['tensorflow-compat', 'version-mismatch', 'cpu', /forward compatibility/, /compat/],
  ['tensorflow-stub', 'stub-library', 'cpu', /stub library/, /unset LD_LIBRARY_PATH/],
  ['tensorflow-not-ready', 'not-ready', 'cpu', /CUDA_ERROR_SYSTEM_NOT_READY/, /nvidia-fabricmanager/],
  ['tensorflow-unknown', 'unknown', 'cpu', /CUDA_ERROR_UNKNOWN/, /modprobe nvidia_uvm/],
  ['tensorflow-no-cudart', 'cuda-libraries-missing', 'cpu', /can't be loaded/, /--install --verify/],
  ['log-dlopen', 'cuda-libraries-missing', 'cpu', /libcusolver\.so\.11, libcudnn\.so\.9/, /--install --verify/],
  ['log-versions', 'version-mismatch', 'cpu', /535\.161\.7 in the kernel and 570\.144\.0 in the library/, /Restart/],
  [
    'log-too-old-card',
    'card-too-old',
    'cpu',
    /6\.0 or later, got NVIDIA GeForce GTX TITAN X with 5\.2$/,
    /CL_TENSORFLOW/,
  ],
  ['log-compiles', 'card-without-kernels', 'note', /compute capability 9\.0:/, /ComputeCache/],
  ['failure-insufficient', 'driver-too-old', 'cpu', /525\.60\.13/, /newer driver/],
  [
    'failure-oom',
    'out-of-memory',
    'failure',
    /a tensor of \[256, 112, 112, 64\], float \(822 MB\)/,
    /--batch-size 64.*accumulate.*bfloat16/,
  ],
  ['failure-oom-xla', 'out-of-memory', 'failure', /5\.91 GB/, /--batch-size/],
  ['failure-oom-cuda', 'out-of-memory', 'failure', /2\.72 GB/, /--batch-size/],
  [
    'failure-cudnn-version',
    'cudnn-version',
    'failure',
    /cuDNN 9\.3\.0 or a later one.*got 9\.1\.0/,
    /unset LD_LIBRARY_PATH/,
  ],
  ['failure-cudnn-missing', 'cudnn-missing', 'failure', /DNN library is not found/, /--install --verify/],
  ['failure-cudnn', 'cudnn-fails', 'failure', /CUDNN_STATUS_NOT_INITIALIZED/, /nvidia-smi/],
  ['failure-cublas', 'cublas-fails', 'failure', /cublas handle/, /nvidia-smi/],
  ['failure-libdevice', 'libdevice-missing', 'failure', /libdevice\.10\.bc/, /xla_gpu_cuda_data_dir/],
  ['failure-no-kernel', 'no-kernel-image', 'failure', /no kernel image/, /--device cpu/],
  ['failure-invalid-ptx', 'no-kernel-image', 'failure', /cuLaunchKernel/, /--device cpu/],
  ['failure-xla-ptx', 'no-kernel-image', 'failure', /PTX version 8\.5/, /--device cpu/],
  ['failure-toolchain', 'ptx-toolchain', 'failure', /555\.42\.02/, /newer driver/],
  ['failure-busy', 'exclusive-held', 'failure', /one process at a time/, /nvidia-smi/],
  ['failure-ecc', 'gpu-lost', 'failure', /errors in its memory/, /--resume/],
];

it.each(CASES)('%s', (name, kind, effect, problem, hint) => {
  const found = explainTensorflowWords(recorded(name));
  expect(found).toMatchObject({ kind, effect });
  expect(found?.problem).toMatch(problem);
  expect(found?.hint).toMatch(hint);
});

it('says nothing of words that tell of no GPU', () => {
  const words = [
    recorded('failure-oom-cpu'),
    '',
    'Matrix size-incompatible: In[0]: [2,3], In[1]: [2,3]',
    'Input is invalid',
  ];
  for (const text of words) expect(explainTensorflowWords(text)).toBeUndefined();
});

it('makes one message of a failed step, with what to do, and the words of TensorFlow as its cause', async () => {
  const error = new Error(`TensorFlow could not run 'train': ${recorded('failure-oom')}`);
  const explained = await explainGpuFailure(error, async () => parseProcesses(recorded('full-processes')));
  expect(explained).toBeInstanceOf(UserError);
  expect(explained).toMatchObject({ cause: error, exitCode: 1, hint: expect.stringContaining('--batch-size') });
  expect((explained as Error).message).toBe(
    "TensorFlow could not run 'train': the GPU's memory is full: TensorFlow found no room for a tensor of [256, 112, 112, 64], float (822 MB); other processes hold /usr/bin/python3 (pid 4711, 40,960 MiB), a name, with commas (pid 4712, 4,096 MiB), [Not Found] (pid 4713)",
  );
  expect((explained as UserError).hint).toContain('end the other processes');
  const opening = new Error(`TensorFlow could not open a session: ${recorded('failure-busy')}`);
  expect(await explainGpuFailure(opening)).toMatchObject({
    message: expect.stringMatching(/^TensorFlow could not open a session: expected the card to be free/),
  });
  for (const other of [new Error('another'), new UserError('CUDNN_STATUS_BAD_PARAM'), 'text']) {
    expect(await explainGpuFailure(other)).toBe(other);
  }
});
