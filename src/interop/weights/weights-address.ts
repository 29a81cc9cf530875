import { fetchCommand, schemeOf } from '../../util/fetch-commands.ts';
import { shellWord } from '../../util/shell-word.ts';

/** Nothing is downloaded here: what does it, and the file that comes of it. */
const fetched = (command: string, file: string): string =>
  `Nothing is downloaded. Fetch it first: ${command} (then name ${shellWord(file)})`;

const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function hubHint(repository: string, file = 'model.safetensors'): string {
  const folder = lastOf(repository);
  const command = `hf download ${shellWord(repository)} ${shellWord(file)} --local-dir ${shellWord(folder)}`;
  return fetched(command, `${folder}/${file}`);
}

/** How to fetch weights by their address on the network; undefined for a path. */
export function addressHint(path: string): string | undefined {
  const [, repository, file] =
    /^https?:\/\/(?:huggingface\.co|hf\.co)\/([\w.-]+\/[\w.-]+)(?:\/(?:blob|resolve|raw)\/[^/]+\/([^?#]+))?/i.exec(
      path,
    ) ??
    /^(?:hf|hf-hub|hf_hub):(?:\/\/)?([\w.-]+\/[\w.-]+)(?:\/(.+))?$/i.exec(path) ??
    [];
  if (repository !== undefined) return hubHint(repository, file);
  const name = /^(?:torchvision|timm):(?:\/\/|models\/)*([\w.-]+)$/i.exec(path)?.[1];
  if (name !== undefined) return modelHint(name) ?? modelHint('resnet50');
  if (schemeOf(path) === undefined || schemeOf(path) === 'file') return undefined;
  const command = fetchCommand(path);
  return command === undefined
    ? 'Nothing is downloaded: fetch it first.'
    : fetched(command, lastOf(path).split(/[?#]/)[0] as string);
}

/** Names of networks, as torchvision and timm have them. */
const NETWORK = /^(resnet\d+|wide_resnet\d+_2|vit_\w+)(\.\w+)?$/i;

/** The command that saves the weights of a network that torchvision or timm has under a name; undefined for others. */
function modelHint(name: string): string | undefined {
  if (!NETWORK.test(name)) return undefined;
  const isTimm = name.startsWith('vit_') || name.includes('.');
  const model = isTimm
    ? `timm.create_model(${JSON.stringify(name)}, pretrained=True)`
    : `torchvision.models.get_model(${JSON.stringify(name)}, weights="DEFAULT")`;
  const code = `import torch, ${isTimm ? 'timm' : 'torchvision'}; torch.save(${model}.state_dict(), "${name}.pth")`;
  return fetched(`python3 -c '${code}'`, `${name}.pth`);
}

/** What a name may be at which there is no file: a network of torchvision or timm, or a repository of the hub. */
export function nameHint(path: string): string | undefined {
  const model = modelHint(path);
  if (model !== undefined) return model;
  return /^[\w-]+\/[\w.-]+$/.test(path) && !/\.(pth?|pt|bin|ckpt|safetensors|tar)$/i.test(path)
    ? `If it is a repository of the Hugging Face hub: ${hubHint(path)}`
    : undefined;
}
