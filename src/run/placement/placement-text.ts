import type { PlacementFinding } from '../../runtime/placement/place-function.ts';
import { formatPlural } from '../../util/format-count.ts';
import { writeText } from '../../util/write-text.ts';
import { type ConfigPlacement, isClean, type JudgedFinding } from './place-config.ts';

const KINDS: Readonly<Record<PlacementFinding['kind'], string>> = {
  cpu: 'on the CPU, as there is no kernel for GPUs',
  'to-host': 'reads a value of the card on the host: the step waits for it',
  'to-card': 'reads a value of the host on the card',
};

/** The table of a placement, what was found, and what it means. */
export function placementText(name: string, placement: ConfigPlacement): string {
  const { tensorflow, functions } = placement;
  const heading = ['function', 'operations', 'GPU', 'CPU', 'XLA', 'folded'];
  const rows = Object.entries(functions).map(([function_, { operations, onGpu, onCpu, compiled, folded }]) => [
    function_,
    ...[operations, onGpu, onCpu, compiled, folded].map(String),
  ]);
  const widths = heading.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  const findings = Object.entries(functions).flatMap(([function_, each]) => [
    ...each.findings.map((finding) => findingText(function_, finding)),
    ...each.notDeterministic.map((type) => `${function_}: ${type} has no deterministic kernel for GPUs`),
  ]);
  return [
    `${name} on a GPU, by the kernels of TensorFlow ${tensorflow} (asked of its list: nothing ran)`,
    '',
    ...[heading, ...rows].map(line),
    '',
    'folded: of constants and known shapes, computed once. XLA: compiled together, not asked for.',
    ...(findings.length > 0 ? ['', ...findings] : []),
    '',
    isClean(placement)
      ? 'Every operation of a step has a kernel for GPUs, a deterministic one too, and no step waits for a copy.'
      : 'A step does not stay on the card. Please report this, with the configuration.',
    '',
  ].join('\n');
}

function findingText(function_: string, { kind, operation, types, count, example, harmless }: JudgedFinding): string {
  const what = `${function_}: ${operation} (${types}) ${KINDS[kind]}: ${formatPlural(count, 'time')}, first ${example}`;
  return harmless === undefined ? what : `${what}. Harmless: ${harmless}`;
}

/** Prints a placement; `json` as one record. */
export function printPlacement(name: string, placement: ConfigPlacement, { json }: { readonly json: boolean }): void {
  if (json) process.stdout.write(`${JSON.stringify({ ok: isClean(placement), ...placement }, undefined, 2)}\n`);
  else writeText(process.stdout, placementText(name, placement));
}
