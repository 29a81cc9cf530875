/** The pieces of the check in the order in which they run: what each shows. */
export const PIECE_TITLES = {
  values: 'float32 as the CPU computes it: functions, steps of all methods, a course of losses',
  tf32: 'the same functions, and steps, by TensorFloat-32',
  half: 'bfloat16 and float16 near float32',
  deterministic: 'deterministic mode: resuming, and another process, to the bit',
  memory: 'memory that stays level, and too large a batch',
} as const;

export type PieceName = keyof typeof PIECE_TITLES;

/** The names of all pieces. */
export const PIECE_NAMES = Object.keys(PIECE_TITLES) as PieceName[];
