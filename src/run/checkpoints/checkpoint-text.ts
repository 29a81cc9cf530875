import { printable } from '../../report/printable.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { formatCount, formatPlural } from '../../util/format-count.ts';
import { listNames } from '../../util/list-names.ts';
import { shorten } from '../../util/shorten.ts';
import type { CheckpointFacts, CheckpointReport } from './describe-checkpoint.ts';

/** Groups of tensors that are named; a state has seven at most. */
const GROUPS = 8;

const shown = (name: string): string => printable(shorten(name, 80));

function factLines({ holds, sha256, bytes = 0 }: CheckpointReport & { readonly holds: CheckpointFacts }): string[] {
  const { step, epoch, seed, method, backbone, images, toolVersion, notFinite } = holds;
  const groups = holds.groups.map((group) => `${shown(group.name)} ${group.tensors} (${formatBytes(group.bytes)})`);
  const broken = notFinite.map(({ name, count, of }) => `${shown(name)} (${formatCount(count)} of ${formatCount(of)})`);
  return [
    `step ${formatCount(step)}, after ${formatPlural(epoch, 'whole epoch')}; seed ${seed}; by version ${shown(toolVersion)}`,
    `${shown(method ?? 'unknown method')}, ${shown(backbone ?? 'unknown backbone')}${images === undefined ? '' : `, ${formatPlural(images, 'training image')}`}`,
    `${formatPlural(holds.tensors, 'tensor')}, ${formatBytes(holds.bytes)}: ${listNames(groups, GROUPS)}`,
    `${formatBytes(bytes)} on the disk; its checksum is right; SHA-256 ${sha256}`,
    ...(broken.length > 0 ? [`not finite: ${formatPlural(broken.length, 'tensor')}: ${listNames(broken)}`] : []),
  ];
}

/** A checkpoint in words: a line with its state and path, and below it what it holds and which commands take it. */
export function checkpointText(report: CheckpointReport): string {
  const { path, ok, problem, hint, holds, uses } = report;
  const lines = [
    ...(problem === undefined ? [] : [problem, ...(hint === undefined ? [] : [`mend: ${hint}`])]),
    ...(holds === undefined ? [] : factLines({ ...report, holds })),
    ...uses.map((use) => `to use it: ${use}`),
  ];
  return `${ok ? 'ok     ' : 'damaged'}  ${printable(path)}\n${lines.map((line) => `         ${line}\n`).join('')}`;
}
