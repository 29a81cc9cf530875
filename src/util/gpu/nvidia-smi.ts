import { askProgram, type ProgramAnswer } from './ask-program.ts';

/** What the driver's tool is asked, one process each. */
export const NVIDIA_SMI_QUESTIONS = {
  cards: [
    '--query-gpu=index,name,uuid,driver_version,compute_cap,memory.total,memory.free,compute_mode,mig.mode.current,pstate',
    '--format=csv',
  ],
  processes: ['--query-compute-apps=gpu_uuid,pid,process_name,used_gpu_memory', '--format=csv'],
  /** Cards with their MIG instances. */
  list: ['-L'],
  /** The table that people look at, which alone names the CUDA that the driver serves. */
  table: [],
} as const;

/** Without persistence mode the driver wakes each card first, which takes seconds. */
const PATIENCE = 20_000;

/** Asks `nvidia-smi`, for so many milliseconds at most. */
export function askNvidiaSmi(
  question: keyof typeof NVIDIA_SMI_QUESTIONS,
  {
    program = 'nvidia-smi',
    environment = process.env,
    patience = PATIENCE,
  }: {
    readonly program?: string | undefined;
    readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
    readonly patience?: number | undefined;
  } = {},
): Promise<ProgramAnswer> {
  return askProgram(program, NVIDIA_SMI_QUESTIONS[question], environment, patience);
}
