import { basename, dirname } from 'node:path';
import { commonFolder } from '../../util/common-folder.ts';
import { fetchFolders, schemeOf } from '../../util/fetch-commands.ts';
import { shellWord } from '../../util/shell-word.ts';
import { besides } from './beside-path.ts';
import { eachText, type Texts } from './packed-texts.ts';

/** A pattern of sed -E that means a text itself, between tildes. */
const sedLiteral = (text: string): string => text.replace(/[\\.*+?^$(){}|[\]~]/g, String.raw`\$&`);

/** What separates fields of lists, and so ends an address. */
const ENDS = '"|,;[:space:]';

/** The command by which curl fetches all addresses that begin alike, each into its path below `images`. */
function fetchByCurl(beginning: string, list: string): string {
  const [scheme = '', rest = ''] = beginning.split('://');
  const pattern = `.*(${scheme}://(${sedLiteral(rest)}[^${ENDS}]+)).*`;
  const script = String.raw`s~${pattern}~url = "\1"\noutput = "images/\2"~p`;
  return `sed -nE ${shellWord(script)} ${shellWord(list)} | curl -gfL --create-dirs -K -`;
}

/**
 * What to do with a list of addresses on the network: the commands that fetch all images of a scheme, and write the
 * list with their paths.
 *
 * @param index the address that was met first.
 */
export function addressHint(list: string, paths: Texts, index: number): string {
  const scheme = schemeOf(paths.at(index)) ?? '';
  const addresses = function* (): Generator<string> {
    for (const path of eachText(paths)) if (schemeOf(path) === scheme) yield path;
  };
  const beginning = commonFolder(addresses());
  const isWeb = ['http', 'https', 'ftp'].includes(scheme);
  const fetch = isWeb ? fetchByCurl(beginning, basename(list)) : fetchFolders(addresses());
  if (fetch === undefined || !beginning.includes('://'))
    return 'Nothing is downloaded: fetch the images, and list their files.';
  const [, rest = ''] = beginning.split('://');
  const change = `s~${sedLiteral(beginning)}~images/${rest.replace(/[\\&~]/g, String.raw`\$&`)}~`;
  const here = besides(list, 'here');
  const write = `sed -E ${shellWord(change)} ${shellWord(basename(list))} > ${shellWord(basename(here))}`;
  const command =
    dirname(list) === '.' ? `${fetch}; ${write}` : `(cd ${shellWord(dirname(list))} && ${fetch}; ${write})`;
  return `Nothing is downloaded. This fetches its images and writes a list of them: ${command} (then --data ${shellWord(here)})`;
}
