import { commonFolder } from './common-folder.ts';
import { shellWord } from './shell-word.ts';

/** A brace range or a pattern of a shell, as shards have them: `train-{000..009}.tar`. */
const PATTERN = /\{[^{}]*\}|\*/g;

/** Whether an address names one file, as its extension says. */
const isFile = (address: string): boolean => /^[^:]+:\/\/[^/]+\/.*\.[a-z]\w{1,7}$/i.test(address);

/** An address up to its last slash, and what comes after it, with `*` for every range. */
function splitPattern(address: string): readonly [folder: string, pattern: string] {
  const slash = address.slice(0, address.search(PATTERN)).lastIndexOf('/');
  return [address.slice(0, slash), address.slice(slash + 1).replace(PATTERN, '*')];
}

const isPattern = (address: string): boolean => address.search(PATTERN) !== -1;

/** A folder of a bucket of Amazon S3 into one on this machine. */
const syncS3 = (address: string, target: string): string => `aws s3 sync ${shellWord(address)} ${shellWord(target)}`;

function fetchS3(address: string): string {
  if (isPattern(address)) {
    const [folder, pattern] = splitPattern(address);
    return `${syncS3(folder, 'images')} --exclude '*' --include ${shellWord(pattern)}`;
  }
  return isFile(address) ? `aws s3 cp ${shellWord(address)} .` : syncS3(address, 'images');
}

/** A folder of a bucket of Google Cloud Storage into one on this machine, which must be there. */
const syncGoogle = (address: string, target: string): string =>
  `mkdir -p ${shellWord(target)} && gcloud storage rsync --recursive ${shellWord(address)} ${shellWord(target)}`;

function fetchGoogle(address: string): string {
  if (isPattern(address)) {
    return `mkdir -p images && gcloud storage cp ${shellWord(splitPattern(address).join('/'))} images`;
  }
  return isFile(address) ? `gcloud storage cp ${shellWord(address)} .` : syncGoogle(address, 'images');
}

/** Files of a repository of the Hugging Face hub: `hf://datasets/OWNER/NAME@REVISION/PATH`, or all of it. */
function fetchHub(address: string, target: string, isFolder = false): string {
  const [, repository = '', revision, path = ''] =
    /^hf:\/\/(?:datasets\/)?([^/@]+\/[^/@]+|[^/@]+)(?:@([^/]+))?\/?(.*?)\/?$/i.exec(address) ?? [];
  const isOne = isFile(address) && !isFolder;
  const include = path === '' ? '' : ` --include ${shellWord(isOne ? path.replace(PATTERN, '*') : `${path}/**`)}`;
  const at = revision === undefined ? '' : ` --revision ${shellWord(decodeURIComponent(revision))}`;
  return `hf download --repo-type dataset ${shellWord(repository)}${at}${include} --local-dir ${shellWord(target)}`;
}

/** How to fetch from a page of Kaggle; undefined for other addresses. */
function fetchKaggle(address: string): string | undefined {
  const [, kind, id = '', name = ''] =
    /^https:\/\/(?:www\.)?kaggle\.com\/(datasets|competitions|c)\/(([\w-]+)(?:\/[\w-]+)?)/.exec(address) ?? [];
  if (kind === undefined) return undefined;
  if (kind !== 'datasets') return `kaggle competitions download -c ${name}`;
  const folder = id.slice(id.indexOf('/') + 1);
  return `kaggle datasets download -d ${id} --unzip -p ${folder} (then --data ${folder})`;
}

function fetchWeb(address: string): string {
  const kaggle = fetchKaggle(address);
  if (kaggle !== undefined) return kaggle;
  const [, repository, kind, rest = ''] =
    /^(https?:\/\/huggingface\.co\/datasets\/[^/?#]+\/[^/?#]+)(?:\/(tree|blob|resolve|raw|viewer)\/([^?#]*))?/i.exec(
      address,
    ) ?? [];
  if (repository !== undefined) {
    const isPage = kind === undefined || kind === 'tree' || kind === 'viewer';
    return isPage ? `git clone ${shellWord(repository)}` : `curl -fLO ${shellWord(`${repository}/resolve/${rest}`)}`;
  }
  // curl's own ranges are written with brackets.
  return `curl -fLO ${shellWord(address.replace(/\{(\d+)\.\.(\d+)\}/g, '[$1-$2]'))}`;
}

/** The command that fetches what an address names; undefined for addresses of other kinds. */
export function fetchCommand(address: string): string | undefined {
  const commands: Readonly<Record<string, (address: string) => string>> = {
    http: fetchWeb,
    https: fetchWeb,
    ftp: fetchWeb,
    s3: fetchS3,
    gs: fetchGoogle,
    hf: (hub) => fetchHub(hub, 'images'),
  };
  return commands[schemeOf(address) ?? '']?.(address);
}

/** The scheme of an address in lower case; undefined for a path. */
export function schemeOf(path: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):\/\//i.exec(path)?.[1]?.toLowerCase();
}

/** Buckets or repositories that are fetched by one command after the other. */
const MOST_PLACES = 4;

/** A bucket, a repository, or a server. */
const placeOf = (address: string): string =>
  (/^hf:\/\/(?:datasets\/)?[^/]+\/[^/]+/i.exec(address) ?? /^[^:]+:\/\/[^/]+/.exec(address) ?? [''])[0];

/**
 * The command that fetches folders of many files of one scheme, each to the path that is left of its address without
 * `scheme://`, below a folder `images`; undefined where there is none.
 */
export function fetchFolders(addresses: Iterable<string>): string | undefined {
  const folders = new Map<string, string>();
  for (const address of addresses) {
    const place = placeOf(address);
    const known = folders.get(place);
    folders.set(place, commonFolder(known === undefined ? [address] : [known, address]));
    if (folders.size > MOST_PLACES) return undefined;
  }
  const [[first] = ['']] = folders;
  const scheme = schemeOf(first);
  const sync = { s3: syncS3, gs: syncGoogle, hf: undefined }[scheme ?? ''];
  if (sync === undefined && scheme !== 'hf') return undefined;
  const commands = [...folders].map(([place, common]) => {
    const folder = common.slice(0, -1);
    const below = (path: string): string => `images/${path.slice(path.indexOf('://') + 3)}`;
    return sync?.(folder, below(folder)) ?? fetchHub(folder, below(place), true);
  });
  return commands.join(' && ');
}
