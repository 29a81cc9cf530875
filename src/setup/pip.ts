import { UserError } from '../util/errors.ts';
import { explainPip, lastWords, type PipQuery, pipArguments, runPython, wasCut } from './run-pip.ts';

/** A file in the user's package index. */
export interface IndexFile {
  readonly url: string;
  readonly sha256: string | undefined;
}

/** Downloads that pip is asked for, which begin anew each time; only newer ones than most go on by themselves. */
const ATTEMPTS = 3;

/** The exit status of {@link FIND} where pip is another one inside than those that it was tried with. */
const STRANGE_PIP = 9;

/**
 * Python that asks pip where a wheel lies. pip's own commands can't tell without downloading it: `install --dry-run
 * --report` reads what the wheel depends on, for which many mirrors, and pip before 23, need all of it.
 *
 * These parts of pip are not meant for others. Tried with 20.3, 21.3, 22.1, 22.3, 23.2, 24.3 and 25.3; where one of
 * them is missing, `pip download` serves.
 */
const FIND = `
import json, logging, sys

try:
    import pip
    from pip._internal.cli.cmdoptions import make_target_python
    from pip._internal.commands import create_command
    from pip._vendor.packaging.specifiers import SpecifierSet

    # Otherwise an index that can't be reached looks like one without the wheel.
    logger = logging.getLogger("pip._internal.index.collector")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(logging.StreamHandler())
    command = create_command("download")
    options, (requirement,) = command.parse_args(sys.argv[1:])
    session = command._build_session(options)
    finder = command._build_package_finder(
        options=options, session=session, target_python=make_target_python(options)
    )
    name, _, version = requirement.partition("==")
    found = finder.find_best_candidate(name, SpecifierSet("==" + version)).best_candidate
    if found is None:
        sys.exit("No matching distribution found for " + requirement)
    link = found.link
    sha256 = link.hash if link.hash_name == "sha256" else None
    print(json.dumps({"url": link.url_without_fragment, "sha256": sha256}))
except (AssertionError, AttributeError, ImportError, TypeError, ValueError) as error:
    sys.stderr.write("%s: %s\\n" % (type(error).__name__, error))
    sys.exit(1 if getattr(error, "name", None) == "pip" else ${STRANGE_PIP})
`;

/**
 * Where the user's package index (pip's configured one, with its mirrors) keeps a wheel; nothing is downloaded.
 *
 * Undefined where this pip cannot tell.
 *
 * @throws UserError without python3 or pip, without network, or when the index has no such wheel.
 */
export async function askPip(query: PipQuery): Promise<IndexFile | undefined> {
  const { status, stdout, stderr } = await runPython(query, ['-c', FIND, ...pipArguments(query)]);
  if (status === STRANGE_PIP) return undefined;
  if (status !== 0) throw explainPip(query, stderr);
  const { url, sha256 } = JSON.parse(stdout) as { url: string; sha256: string | null };
  return { url, sha256: sha256 ?? undefined };
}

/**
 * Lets pip itself download a wheel into a folder: it knows the user's proxies, certificates and credentials. A download
 * that is cut is begun again, three times in all; `onRetry` hears of it.
 *
 * @throws UserError as {@link askPip} does.
 */
export async function downloadWithPip(
  query: PipQuery,
  folder: string,
  onRetry: (message: string) => void,
): Promise<void> {
  // pip's temporary files go where the space was checked.
  const job = { ...query, environment: { ...query.environment, TMPDIR: folder } };
  const args = ['-m', 'pip', 'download', '--dest', folder, ...pipArguments(query)];
  for (let attempt = 1; ; attempt++) {
    const result = await runPython(job, args, 'inherit');
    if (result.status === 0) return;
    if (!wasCut(result)) throw explainPip(query, result.stderr);
    const why = lastWords(result.stderr);
    if (attempt === ATTEMPTS) throw cutTooOften(query, why);
    onRetry(`pip's download of ${query.requirement} was cut (${why}): it begins again, ${attempt + 1} of ${ATTEMPTS}`);
  }
}

function cutTooOften({ requirement }: PipQuery, why: string): UserError {
  return new UserError(`The download of ${requirement} by pip was cut ${ATTEMPTS} times (${why}).`, {
    hint: 'Check the network and proxy, then run the command again. Offline: bring a bundle (`cl-doctor --bundle DIR` elsewhere), or name a TensorFlow in CL_TENSORFLOW.',
  });
}
