import { UserError } from '../../util/errors.ts';
import { findNvidiaDriver } from '../../util/nvidia-driver.ts';
import { lineProgress } from '../line-progress.ts';
import { TOOL } from './bundle-manifest.ts';
import { describeInstalled, nextCommands } from './describe-installed.ts';
import { installBundle } from './install-bundle.ts';

const USAGE = `Usage: node install.mjs [FOLDER]

Installs cl-train into FOLDER (default: ./${TOOL}), and TensorFlow into the cache folder
($XDG_CACHE_HOME/cl-train, by default ~/.cache/cl-train). It needs Node alone, and no network.
`;

/**
 * The stand-alone installer of a bundle: `node install.mjs [FOLDER]`, without the packages of the tool.
 *
 * @param from the folder of the bundle.
 * @returns the exit code.
 */
export async function install(from: string, args: readonly string[]): Promise<0 | 1 | 2> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    const strange = args.find((arg) => arg.startsWith('-')) ?? args[1];
    if (strange !== undefined || args[0] === '') {
      throw new UserError(`expected one folder, got ${args.join(' ')}`, {
        hint: 'node install.mjs FOLDER',
        exitCode: 2,
      });
    }
    const [tool = TOOL] = args;
    const start = performance.now();
    const environment = process.env;
    const installed = await installBundle({ from, tool, environment, progress: lineProgress(say) });
    const seconds = (performance.now() - start) / 1000;
    const hasDriver = findNvidiaDriver() !== undefined;
    const done = describeInstalled(installed, seconds, tool, hasDriver);
    process.stdout.write(`${done}\n${nextCommands(installed, tool, hasDriver)}`);
    return 0;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(`error: ${error.message}`);
    if (error.hint !== undefined) say(`hint: ${error.hint}`);
    return error.exitCode;
  }
}
