import type { Mistake } from './mistake.ts';

const HINT = 'hint: Choose another folder by --output.';

const place = (output: string, got: string): Mistake[] =>
  ['', ' --dry-run'].map((dry) => ({
    command: `cl-train run.yaml --output ${output}${dry}`,
    says: [`error: expected a run folder, got ${got}`, HINT],
    named: '--output',
  }));

/** Run folders where nothing can be written: a dry run says what the run would. */
export const JUDGING_PLACES: readonly Mistake[] = [
  ...place('/proc/x', '/proc/x, which lies in /proc, where the system keeps no files'),
  ...place('/proc/x/y', '/proc/x/y, which lies in /proc, where the system keeps no files'),
  ...place('/sys/x', '/sys/x, which lies in /sys, where the system keeps no files'),
  ...place('/dev/full', '/dev/full, which is a device or pipe'),
  ...place('/dev/null/x', '/dev/null/x, which lies below a device or pipe (/dev/null)'),
  {
    command: 'cl-data pack flowers /proc/x',
    says: [
      'error: expected a folder for shards, got /proc/x, which lies in /proc, where the system keeps no files',
      'hint: Name another folder.',
    ],
  },
];
