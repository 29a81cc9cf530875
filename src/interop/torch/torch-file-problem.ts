import { ZipProblem } from '../../data/files/zip-index.ts';
import { listNames } from '../../util/list-names.ts';
import { shellWord } from '../../util/shell-word.ts';
import { showName } from './pickle-values.ts';
import { RefusedNames } from './read-pickle.ts';
import { refusalOf } from './torch-pickle-names.ts';

/** Tensors of a loaded file, of dictionaries and of networks in it; all else is dropped. */
const KEEP =
  'f = lambda v: v if torch.is_tensor(v) else f(v.state_dict()) if isinstance(v, torch.nn.Module) else {k: f(x) for k, x in v.items() if isinstance(x, (torch.Tensor, torch.nn.Module, dict))}';

/** The path of a file beside another, which has its tensors alone. */
const besidePath = (path: string): string =>
  `${path.replace(/(\.pth)?\.(pth|pt|bin|ckpt|pkl|tar|t7)$/i, '')}-tensors.pth`;

function saveAgain(path: string, load: string, body: string): string {
  const code = `import sys, torch; ${load}; ${body}`;
  return `python3 -c '${code}' ${shellWord(path)} ${shellWord(besidePath(path))}`;
}

/** The command that saves a file's tensors alone; it executes what the file holds. */
function keepTensors(path: string): string {
  const load = 'c = torch.load(sys.argv[1], map_location="cpu", weights_only=False)';
  return saveAgain(path, `${load}; ${KEEP}`, 'torch.save(f(c), sys.argv[2])');
}

/** The command that saves a file of PyTorch again as today's versions do; it executes nothing of the file. */
export function saveAgainCommand(path: string): string {
  return saveAgain(
    path,
    'c = torch.load(sys.argv[1], map_location="cpu", weights_only=True)',
    'torch.save(c, sys.argv[2])',
  );
}

/** The command that saves the tensors of a TorchScript archive. */
function fromTorchScriptCommand(path: string): string {
  const load = 'c = torch.jit.load(sys.argv[1], map_location="cpu")';
  return saveAgain(path, load, 'torch.save(c.state_dict(), sys.argv[2])');
}

const TRUST = 'loading the file runs what it names, so only if you trust its source';

const HINTS: readonly (readonly [message: RegExp, hint: (path: string) => string])[] = [
  [/of TorchScript/, (path) => `Save its tensors alone (${TRUST}): ${fromTorchScriptCommand(path)}`],
  [
    /one tensor without a name/,
    () => 'Save a dictionary, as model.state_dict() is one: torch.save(model.state_dict(), "weights.pth")',
  ],
  [/big-endian/, (path) => `Save it again on a machine that is little-endian: ${saveAgainCommand(path)}`],
  [/is compressed/, (path) => `Save it again with PyTorch: ${saveAgainCommand(path)}`],
  [
    /checksum/,
    () => 'Fetch or copy it again. (Files saved under torch.serialization.set_crc32_options(False) have no checksums.)',
  ],
  [/cut short/, () => 'Fetch or copy it again.'],
];

/** What is wrong with a file of PyTorch, where that is more than the error tells, and what to do. */
export function torchFileProblem(
  path: string,
  error: Error,
): { readonly what?: string | undefined; readonly hint: string | undefined } {
  if (error instanceof RefusedNames) return refusedHint(path, error.names);
  if (error instanceof ZipProblem) {
    const reason = error.message.replace(/\.$/, '');
    return { what: `a zip archive that is cut short or damaged (${reason})`, hint: 'Fetch or copy it again.' };
  }
  return { hint: HINTS.find(([message]) => message.test(error.message))?.[1](path) };
}

function refusedHint(path: string, names: readonly string[]): { what: string; hint: string } {
  const refusal = refusalOf(names);
  const name = showName(refusal.name);
  switch (refusal.kind) {
    case 'code':
      return {
        what: `it names ${name}, which is code: not read, and nothing was executed`,
        hint: 'Weights need no such names. Do not load the file with PyTorch either; ask for safetensors.',
      };
    case 'network':
      return {
        what: `it holds a whole network, not its tensors alone: it names ${name}, which is code`,
        hint: `Save model.state_dict() where the model was made (${TRUST}): ${keepTensors(path)}`,
      };
    case 'tensor':
      return {
        what: `it holds ${refusal.what} (${name}), which is not read`,
        hint: 'Save dense tensors of float32, such as model.float().state_dict().',
      };
    case 'data': {
      const what =
        names.length > 1 ? 'are neither tensors nor plain containers' : 'is neither a tensor nor a plain container';
      return {
        what: `it names ${listNames(names.map(showName), 3)}, which ${what}`,
        hint: `Save its tensors alone (${TRUST}): ${keepTensors(path)}`,
      };
    }
  }
}
