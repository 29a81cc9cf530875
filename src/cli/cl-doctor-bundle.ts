import { Option } from '@commander-js/extra-typings';
import { UserError } from '../util/errors.ts';
import { formatBytes } from '../util/format-bytes.ts';
import { parseBytes } from '../util/parse-bytes.ts';
import { shellWord } from '../util/shell-word.ts';
import { writeText } from '../util/write-text.ts';
import { flag } from './option-kinds.ts';

/** Bytes of a part: at least, as a part is a file; and where nothing is said. */
const [LEAST_PART, USUAL_PART] = [1e6, 60e6];

function parsePartSize(text: string): number {
  const bytes = parseBytes(text);
  if (bytes >= LEAST_PART) return bytes;
  const expected = `a size of at least ${formatBytes(LEAST_PART)}, such as 60MB or 2GB`;
  throw new UserError(`--part-size: expected ${expected}, got ${text === '' ? 'nothing' : text}`, { exitCode: 2 });
}

/** The options of bundles. */
export const BUNDLE_OPTIONS = {
  bundle: new Option('--bundle <dir>', 'write the tool and TensorFlow to a folder, to install without a network'),
  gpu: flag('--gpu', 'with --bundle: the GPU build of TensorFlow (otherwise that of this machine)'),
  cpu: flag('--cpu', 'with --bundle: the CPU build'),
  partSize: new Option('--part-size <size>', 'with --bundle: the most bytes of a file (default: 60MB)').argParser(
    parsePartSize,
  ),
  from: new Option('--from <dir>', 'with --install: from such a folder, without a network'),
} as const;

/** The values of {@link BUNDLE_OPTIONS}, and of what they go with. */
export interface BundleChoice {
  readonly bundle?: string | undefined;
  readonly gpu: boolean;
  readonly cpu: boolean;
  readonly partSize?: number | undefined;
  readonly from?: string | undefined;
  readonly install: boolean;
  readonly verify: boolean;
}

function mistake(message: string, hint: string): UserError {
  return new UserError(message, { hint, exitCode: 2 });
}

/** @throws UserError for options of bundles that don't go together. */
export function checkBundleChoice({ bundle, gpu, cpu, partSize, from, install }: BundleChoice): void {
  if (bundle === '' || from === '')
    throw mistake('expected the folder of a bundle, got an empty name', 'Name a folder.');
  if (gpu && cpu) throw mistake('expected --gpu or --cpu, got both', 'Make a bundle of each: they take a folder each.');
  if (from !== undefined && bundle !== undefined) {
    throw mistake(
      'expected --bundle DIR or --install --from DIR, got both',
      'A bundle is made here, and installed there.',
    );
  }
  if (from !== undefined && !install) {
    throw mistake(`--from goes with --install: ${from} was not read`, `cl-doctor --install --from ${shellWord(from)}`);
  }
  if (bundle !== undefined) {
    if (install) throw mistake('expected --bundle or --install, got both', 'A bundle fetches what it needs by itself.');
    return;
  }
  const [alone] = [
    ...(gpu ? ['--gpu'] : []),
    ...(cpu ? ['--cpu'] : []),
    ...(partSize === undefined ? [] : ['--part-size']),
  ];
  if (alone === undefined) return;
  throw mistake(
    `${alone} goes with --bundle DIR`,
    'CL_TENSORFLOW=gpu or CL_TENSORFLOW=cpu chooses the build for all else.',
  );
}

/**
 * The build that is bundled: what was asked for, or what this machine would use.
 *
 * @throws UserError where there is no such build.
 */
export async function chooseVariant(
  { gpu, cpu }: Pick<BundleChoice, 'gpu' | 'cpu'>,
  architecture: string = process.arch,
): Promise<'cpu' | 'gpu'> {
  if (gpu && architecture !== 'x64') {
    throw mistake(
      `--gpu: TensorFlow's build for NVIDIA GPUs exists for x64 alone, and this machine is ${architecture}`,
      'Make the bundle on an x64 machine, or one of the CPU build: --cpu.',
    );
  }
  if (gpu) return 'gpu';
  if (cpu) return 'cpu';
  const { tensorflowChoice } = await import('../util/tensorflow-folder.ts');
  const choice = tensorflowChoice();
  if (choice.kind === 'fetched') return choice.variant;
  throw mistake(
    'CL_TENSORFLOW names a TensorFlow that this tool did not fetch: it is not bundled',
    'Say --cpu or --gpu.',
  );
}

/** `cl-doctor --bundle DIR`. */
export async function makeBundle(choice: BundleChoice, folder: string): Promise<void> {
  const [{ writeBundle }, { describeBundle }, { reportProgress }] = await Promise.all([
    import('../setup/bundle/write-bundle.ts'),
    import('../setup/bundle/describe-bundle.ts'),
    import('../setup/progress.ts'),
  ]);
  const start = performance.now();
  const variant = await chooseVariant(choice);
  const partBytes = choice.partSize ?? USUAL_PART;
  const progress = reportProgress();
  const bundle = await writeBundle({ folder, variant, partBytes, environment: process.env, progress });
  const seconds = (performance.now() - start) / 1000;
  writeText(process.stdout, describeBundle(bundle, folder, seconds));
}

/** `cl-doctor --install --from DIR`: TensorFlow alone, as the tool is here. */
export async function installFrom(from: string, verify: boolean): Promise<void> {
  const [{ installBundle }, { describeInstalled }, { reportProgress }, { findNvidiaDriver }] = await Promise.all([
    import('../setup/bundle/install-bundle.ts'),
    import('../setup/bundle/describe-installed.ts'),
    import('../setup/progress.ts'),
    import('../util/nvidia-driver.ts'),
  ]);
  const start = performance.now();
  const installed = await installBundle({ from, environment: process.env, progress: reportProgress(), verify });
  const seconds = (performance.now() - start) / 1000;
  writeText(process.stderr, `${describeInstalled(installed, seconds, undefined, findNvidiaDriver() !== undefined)}\n`);
}
