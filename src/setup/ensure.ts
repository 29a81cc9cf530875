import {
  installFolder,
  locateTensorflow,
  type TensorflowLocation,
  tensorflowChoice,
} from '../util/tensorflow-folder.ts';
import { installTensorflow } from './install.ts';
import { assertPlatform, describeMachine } from './platform.ts';
import { reportProgress, type SetupProgress } from './progress.ts';
import { wheelsFor, wheelTags } from './wheels.ts';

/** Options of {@link ensureTensorflow}. */
export interface EnsureOptions {
  readonly environment?: NodeJS.ProcessEnv | undefined;
  readonly progress?: SetupProgress | undefined;
  /** Hash the installed files too, and fetch again what changed. */
  readonly verify?: boolean | undefined;
}

/**
 * Makes sure that there is a TensorFlow to load: the one named by `CL_TENSORFLOW`, or the build for this machine,
 * fetched into the user's cache folder unless it is there (a few milliseconds).
 *
 * @throws UserError on a platform without wheels, without network, python3 or pip, on a full disk, ...
 */
export async function ensureTensorflow(options: EnsureOptions = {}): Promise<TensorflowLocation> {
  const { environment = process.env, progress = reportProgress(), verify = false } = options;
  const choice = tensorflowChoice(environment);
  if (choice.kind !== 'fetched') return locateTensorflow(environment);
  if (!verify) {
    const found = tryLocate(environment);
    if (found !== undefined) return found;
  }
  const architecture = assertPlatform(describeMachine());
  await installTensorflow({
    folder: installFolder(choice.variant, environment),
    variant: choice.variant,
    wheels: wheelsFor(architecture, choice.variant),
    tags: wheelTags(architecture),
    environment,
    progress,
    verify,
  });
  return locateTensorflow(environment);
}

function tryLocate(environment: NodeJS.ProcessEnv): TensorflowLocation | undefined {
  try {
    return locateTensorflow(environment);
  } catch {
    return undefined;
  }
}
