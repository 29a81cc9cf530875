import type { CheckedPiece, StepTiming } from './gpu-pieces.ts';
import type { PieceResult, PieceResults } from './gpu-run.ts';
import { formatTable } from './table.ts';

/** A step's key without who computed it, and that. */
function splitKey(key: string): { readonly step: string; readonly side: string } {
  const [network, size, images, method, precision, side = '', variation] = key.split('/');
  return { step: [network, size, images, method, precision, ...(variation ? [variation] : [])].join(' '), side };
}

const isStep = (key: string): boolean => key.startsWith('resnet');

function timingOf(result: PieceResult | undefined): StepTiming | undefined {
  return result?.measured as StepTiming | undefined;
}

const figure = (value: number | null | undefined, digits = 0): string => value?.toFixed(digits) ?? '-';

/** Steps here whose parameters are not as many as PyTorch's: the two did not do the same work. */
export function unequalTwins(results: PieceResults): string[] {
  return Object.keys(results).filter((key) => {
    const [here, twin] = [timingOf(results[key.replace(/\/(?:eager|compile)\b/, '/here')]), timingOf(results[key])];
    return /\/(?:eager|compile)\b/.test(key) && here && twin && here.parameters !== twin.parameters;
  });
}

/** All checks that were made. */
export function checksOf(results: PieceResults): CheckedPiece['checks'] {
  return Object.entries(results).flatMap(([key, { measured }]) =>
    key.startsWith('checks/') && measured !== undefined ? (measured as CheckedPiece).checks : [],
  );
}

/** Steps in views per second, here and in PyTorch. */
function stepTable(results: PieceResults): string {
  const keys = Object.keys(results).filter(isStep);
  const steps = [...new Set(keys.map((key) => splitKey(key).step))];
  const rows = steps.map((step) => {
    const of = (side: string): PieceResult | undefined =>
      results[keys.find((key) => splitKey(key).step === step && splitKey(key).side === side) ?? ''];
    const [here, eager, compile] = ['here', 'eager', 'compile'].map((side) => timingOf(of(side)));
    const fastest = Math.max(eager?.viewsPerSecond ?? 0, compile?.viewsPerSecond ?? 0);
    const ratio = here && fastest > 0 ? here.viewsPerSecond / fastest : undefined;
    return [
      step,
      of('here')?.failure === undefined ? figure(here?.viewsPerSecond) : 'failed',
      ...[figure(eager?.viewsPerSecond), figure(compile?.viewsPerSecond), figure(ratio, 2)],
      ...[figure(here?.firstSeconds, 1), figure(here?.memoryMiB), figure((compile ?? eager)?.memoryMiB)],
    ];
  });
  return formatTable(['step', 'views/s', 'PyTorch', 'compiled', 'ratio', 'first step s', 'MiB', 'MiB PyTorch'], rows);
}

/** Training's real loop. */
function loopTable(results: PieceResults): string {
  const rows = Object.entries(results).flatMap(([key, { measured, failure }]) => {
    if (!key.startsWith('loop/')) return [];
    const { imagesPerSecond, waitShare } = (measured ?? {}) as { imagesPerSecond?: number; waitShare?: number };
    const share = waitShare === undefined ? '-' : `${(100 * waitShare).toFixed(2)} %`;
    return [[key.slice('loop/'.length), failure === undefined ? figure(imagesPerSecond) : 'failed', share]];
  });
  return formatTable(['loop, packed JPEGs', 'images/s', 'waiting'], rows);
}

/** The tables that have something in them, with lines around them. */
function tables(results: PieceResults): string[] {
  const keys = Object.keys(results);
  const made = [
    ...(keys.some(isStep) ? [stepTable(results)] : []),
    ...(keys.some((key) => key.startsWith('loop/')) ? [loopTable(results)] : []),
  ];
  return made.flatMap((table) => ['', table]).concat('');
}

/** All results so far, and what failed and why. */
export function formatGpuResults(results: PieceResults): string {
  const made = checksOf(results);
  const failed = made.filter(({ ok }) => !ok);
  return [
    `checks: ${made.length - failed.length} of ${made.length} passed`,
    ...failed.map(({ piece, name, measured }) => `  FAILED ${piece}: ${name}: ${measured}`),
    ...tables(results),
    ...unequalTwins(results).map((key) => `NOT THE SAME NETWORK: ${key} has other parameters than here`),
    ...Object.entries(results).flatMap(([key, { failure }]) =>
      failure === undefined ? [] : [`FAILED ${key}: ${failure}`],
    ),
  ].join('\n');
}
