import { listNames } from '../list-names.ts';
import { ofDriver, ofDriverVersion } from './diagnose-driver.ts';
import type { GpuProblem } from './gpu-problem.ts';
import type { GpuSigns } from './gpu-signs.ts';

/** What files and variables alone say is wrong, what matters most first; nothing is executed. */
export function diagnoseSigns(signs: GpuSigns): GpuProblem[] {
  const driver = ofDriver(signs);
  // Where there is no card all else is idle.
  if (driver?.kind === 'no-card') return [driver];
  const found = [ofBuild(signs), driver, ofVariables(signs), ofDriverVersion(signs.moduleVersion, signs)];
  return [...found.filter((problem) => problem !== undefined), ...shadowed(signs)];
}

function ofBuild({ build, architecture }: GpuSigns): GpuProblem | undefined {
  if (build === 'cpu') {
    return {
      kind: 'cpu-build',
      effect: 'cpu',
      problem: 'expected the GPU build of TensorFlow, but CL_TENSORFLOW=cpu takes the one for the CPU',
      hint: 'Take that variable away, `unset CL_TENSORFLOW`, and fetch the other build if it is not there: `cl-doctor --install`.',
    };
  }
  if (architecture === 'x64' || build === 'user') return undefined;
  return {
    kind: 'no-cuda-build',
    effect: 'cpu',
    problem: `expected a processor of x86_64, for which there is a GPU build of TensorFlow, got ${architecture}`,
    hint: 'Name the folder of a TensorFlow that was built for this machine and CUDA in CL_TENSORFLOW, or train on the CPU.',
  };
}

function ofVariables({ environment }: GpuSigns): GpuProblem | undefined {
  const shown = environment['CUDA_VISIBLE_DEVICES'];
  if (shown === undefined) return undefined;
  const first = shown.split(',')[0]?.trim() ?? '';
  if (environment['SLURM_JOB_ID'] !== undefined && (first === '' || first === 'NoDevFiles')) {
    return {
      kind: 'not-allocated',
      effect: 'cpu',
      problem: `expected a GPU for this job, but Slurm gave it none (CUDA_VISIBLE_DEVICES is '${shown}')`,
      hint: 'Ask for one: `#SBATCH --gres=gpu:1`, or `srun --gres=gpu:1 ...`.',
    };
  }
  if (first !== '' && first !== 'NoDevFiles' && !/^-\d/.test(first)) return undefined;
  return {
    kind: first === '' ? 'hidden-empty' : 'hidden',
    effect: 'cpu',
    problem: `expected CUDA_VISIBLE_DEVICES to name a GPU, got '${shown}', which hides all`,
    hint: 'Take it away, `unset CUDA_VISIBLE_DEVICES`, or name one: `export CUDA_VISIBLE_DEVICES=0`.',
  };
}

function shadowed({ build, shadowing }: GpuSigns): GpuProblem[] {
  if (build === 'user' || shadowing.length === 0) return [];
  return [
    {
      kind: 'shadowed-libraries',
      effect: 'note',
      problem: `expected the CUDA libraries that were fetched with TensorFlow, but LD_LIBRARY_PATH puts others before them: ${listNames(shadowing, 3)}`,
      hint: 'They must have the same major version and be no older. If the GPU is not found or fails: `unset LD_LIBRARY_PATH`.',
    },
  ];
}
