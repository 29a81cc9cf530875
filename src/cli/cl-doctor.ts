import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import pc from 'picocolors';
import type { Finding } from '../setup/finding.ts';
import { UserError } from '../util/errors.ts';
import { formatPlural } from '../util/format-count.ts';
import { callPrograms } from '../util/program-command.ts';
import { hasColors, writeText } from '../util/write-text.ts';
import { BUNDLE_OPTIONS, checkBundleChoice, installFrom, makeBundle } from './cl-doctor-bundle.ts';
import { addCheckpoint } from './cl-doctor-checkpoint.ts';
import { GPU_CHECK_OPTIONS, tryGpuCheck } from './cl-doctor-gpu-check.ts';
import { inspectLoading, PROBE, probe } from './cl-doctor-probe.ts';
import { createCommand, helpNotes, type OptionsOf } from './create-command.ts';
import { flag } from './option-kinds.ts';
import { runMain } from './run-main.ts';

const NOTES = `
CL_TENSORFLOW says which TensorFlow is used: \`cpu\` or \`gpu\` for that one of the fetched builds, \`python\` for the one that
python3 imports, or a folder that holds libtensorflow_cc.so.2. Unset: the GPU build where there is an NVIDIA driver.

CL_IMAGE_CACHE names the folder of decoded images that are kept for the next run; by default it is beside TensorFlow.

Exit codes: 0 training can run (every check passed), 1 something that it needs is broken (a check failed).`;

async function inspectImages(): Promise<Finding> {
  try {
    const { describeImageSupport } = await import('../data/pixels/image-support.ts');
    const { sharp, libvips, formats } = describeImageSupport();
    return { name: 'Images', status: 'ok', found: `sharp ${sharp}, libvips ${libvips}: ${formats.join(', ')}` };
  } catch (error) {
    const hint = 'Run `npm ci --ignore-scripts` in the clone: sharp needs its package for this platform.';
    return { name: 'Images', status: 'broken', found: `sharp does not load: ${(error as Error).message}`, hint };
  }
}

/** What the cache of decoded images takes. */
async function inspectImageCache(): Promise<Finding> {
  const [{ imageCacheFolder, listCacheFiles }, { formatBytes }] = await Promise.all([
    import('../data/cache/cache-files.ts'),
    import('../util/format-bytes.ts'),
  ]);
  const files = await listCacheFiles(imageCacheFolder());
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const held = `${formatPlural(files.length, 'file')}, ${formatBytes(bytes)}`;
  return { name: 'Image cache', status: 'ok', found: `${held} in ${imageCacheFolder()}; may be deleted at any time` };
}

async function inspectAll(verify: boolean): Promise<Finding[]> {
  const [machine, arithmetic, gpu, packages, tensorflow] = await Promise.all([
    import('../setup/inspect-machine.ts'),
    import('../setup/inspect-arithmetic.ts'),
    import('../setup/inspect-gpu.ts'),
    import('../setup/inspect-packages.ts'),
    import('../setup/inspect-tensorflow.ts'),
  ]);
  const cards = await gpu.inspectGpu();
  const library = await tensorflow.inspectTensorflow(verify);
  const canLoad = library.every(({ status }) => status !== 'broken');
  return [
    ...machine.inspectMachine(),
    ...arithmetic.inspectArithmetic(cards.expectsGpu),
    packages.inspectPackages(),
    await inspectImages(),
    await inspectImageCache(),
    ...cards.findings,
    ...library,
    ...(canLoad ? [inspectLoading(cards.expectsGpu)] : []),
  ];
}

function formatFindings(findings: readonly Finding[]): string {
  // Colours that can be read on black and on white.
  const { magenta, red, dim } = pc.createColors(hasColors(process.stdout));
  const marks = { ok: 'ok     ', warning: magenta('warning'), broken: red('broken ') };
  const width = Math.max(...findings.map(({ name }) => name.length));
  const indent = ' '.repeat('warning'.length + width + 4);
  const lines = findings.flatMap(({ name, status, found, hint }) => [
    `${marks[status]}  ${name.padEnd(width)}  ${found}`,
    ...(hint ? [`${indent}${dim('mend:')} ${hint}`] : []),
  ]);
  return `${lines.join('\n')}\n`;
}

function summary(findings: readonly Finding[]): string {
  const count = (status: Finding['status']) => findings.filter((finding) => finding.status === status).length;
  if (count('broken') > 0) return `Training cannot run: ${count('broken')} of these must be mended.\n`;
  return count('warning') > 0 ? 'Training can run; mind the warnings.\n' : 'Training can run.\n';
}

function defineDoctor() {
  return createCommand('cl-doctor', 'Says what was found on this machine, what is wrong, and how to mend it.')
    .addOption(flag('--install', "fetch TensorFlow's library into the user's cache folder first, unless it is there"))
    .addOption(flag('--verify', 'check the checksums of its files too; with --install fetch again what is damaged'))
    .addOption(
      new Option(
        '--placement <config>',
        'say which operations of an experiment a GPU would compute; needs no GPU',
      ).conflicts(['install', 'bundle', 'gpuCheck']),
    )
    .addOption(BUNDLE_OPTIONS.from)
    .addOption(BUNDLE_OPTIONS.bundle)
    .addOption(BUNDLE_OPTIONS.gpu)
    .addOption(BUNDLE_OPTIONS.cpu)
    .addOption(BUNDLE_OPTIONS.partSize)
    .addOption(GPU_CHECK_OPTIONS.gpuCheck)
    .addOption(GPU_CHECK_OPTIONS.rehearse)
    .addOption(GPU_CHECK_OPTIONS.piece)
    .addOption(flag('--json', 'print { ok, findings: [{ name, status, found, hint }] }'))
    .addOption(flag(PROBE, '').hideHelp())
    .addHelpText('after', helpNotes(NOTES));
}

async function doctor(options: OptionsOf<typeof defineDoctor>, signal: AbortSignal): Promise<void> {
  if (await tryGpuCheck(options, signal)) return;
  if (options.probe) {
    process.stdout.write(`${JSON.stringify(await probe())}\n`);
    return;
  }
  if (options.placement !== undefined) {
    const { showPlacement } = await import('./cl-doctor-placement.ts');
    return await showPlacement(options.placement, options);
  }
  checkBundleChoice(options);
  if (options.bundle !== undefined) return makeBundle(options, options.bundle);
  if (options.from !== undefined) await installFrom(options.from, options.verify);
  else if (options.install) {
    const { ensureTensorflow } = await import('../setup/ensure.ts');
    await ensureTensorflow({ verify: options.verify });
  }
  const findings = await inspectAll(options.verify);
  const broken = findings.filter(({ status }) => status === 'broken');
  const called = findings.map(({ hint, ...finding }) => ({ ...finding, hint: hint && callPrograms(hint) }));
  const json = { ok: broken.length === 0, findings: called };
  if (options.json) process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
  else writeText(process.stdout, `${formatFindings(findings)}\n${summary(findings)}`);
  if (broken.length > 0) throw new UserError(`broken: ${broken.map(({ name }) => name).join(', ')}`);
}

/** Rejects when the signal aborts: what a doctor is at can be left as it is. */
function untilStopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

/** The command line of `cl-doctor`, whose check of a GPU stops by the signal. */
export function defineProgram(signal: AbortSignal): CommandUnknownOpts {
  const command = defineDoctor().action((options) => doctor(options, signal));
  addCheckpoint(command);
  return command as CommandUnknownOpts;
}

/** `cl-doctor`: describes the machine and fetches TensorFlow. Ends the process. */
export function main(argv: readonly string[]): Promise<never> {
  return runMain(
    'cl-doctor',
    argv,
    (signal) => Promise.race([defineProgram(signal).parseAsync(argv, { from: 'user' }), untilStopped(signal)]),
    'stopping',
  );
}
