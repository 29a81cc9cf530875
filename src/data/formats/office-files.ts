import { UserError } from '../../util/errors.ts';
import { shellWord } from '../../util/shell-word.ts';
import type { FileTree } from '../files/file-tree.ts';
import { extensionOf } from '../files/paths.ts';

/** What an office file is, for people, and what opens it or where its pictures are. */
interface Kind {
  readonly what: string;
  /** The package by which pandas reads its sheets. */
  readonly engine?: string | undefined;
  /** The folder of its pictures. */
  readonly pictures?: string | undefined;
}

/** Zip archives of office programs, by the entry that every one of a kind has. */
const BY_ENTRY: Readonly<Record<string, Kind>> = {
  'xl/workbook.xml': { what: 'an Excel workbook', engine: 'openpyxl' },
  'xl/workbook.bin': { what: 'an Excel workbook', engine: 'pyxlsb' },
  'word/document.xml': { what: 'a Word document', pictures: 'word/media' },
  'ppt/presentation.xml': { what: 'a PowerPoint presentation', pictures: 'ppt/media' },
};

/** The same by the content of an OpenDocument file's `mimetype`. */
const BY_TYPE: readonly (readonly [type: RegExp, kind: Kind])[] = [
  [/opendocument\.spreadsheet/, { what: 'an OpenDocument spreadsheet', engine: 'odfpy' }],
  [/opendocument\./, { what: 'an OpenDocument file', pictures: 'Pictures' }],
];

const ENGINES: Readonly<Record<string, string>> = { '.xls': 'xlrd', '.xlsb': 'pyxlsb', '.ods': 'odfpy' };

/** Bytes; an OpenDocument file says its type in some forty. */
const LARGEST_TYPE = 256;

const withoutExtension = (path: string): string => path.slice(0, path.length - extensionOf(path).length);

/** The command that makes a list of a spreadsheet, and what it needs. */
export function spreadsheetHint(path: string, engine: string = ENGINES[extensionOf(path)] ?? 'openpyxl'): string {
  // As text, so that names such as 0001 stay what they are.
  const code = 'import pandas, sys; pandas.read_excel(sys.argv[1], dtype=str).to_csv(sys.argv[2], index=False)';
  const list = shellWord(`${withoutExtension(path)}.csv`);
  return `Save its first sheet as CSV, which needs pip install pandas ${engine}: python3 -c '${code}' ${shellWord(path)} ${list} (then --data ${list})`;
}

function hintFor({ where, images }: FileTree, { engine, pictures }: Kind): string {
  if (engine !== undefined) return spreadsheetHint(where, engine);
  if (!images.some((path) => path.startsWith(`${pictures}/`))) return 'Name the folder that holds the images.';
  const folder = shellWord(`${withoutExtension(where)}-pictures`);
  return `To take its pictures: unzip -j ${shellWord(where)} '${pictures}/*' -d ${folder} (then --data ${folder})`;
}

async function kindOf(tree: FileTree): Promise<Kind | undefined> {
  const entry = Object.keys(BY_ENTRY).find((name) => tree.others.includes(name));
  if (entry !== undefined) return BY_ENTRY[entry];
  if (!tree.others.includes('mimetype') || !tree.others.includes('content.xml')) return undefined;
  const bytes = await tree.open('mimetype');
  const type = Buffer.from(await bytes.readAt(0, LARGEST_TYPE)).toString('latin1');
  await bytes.close();
  return BY_TYPE.find(([pattern]) => pattern.test(type))?.[1];
}

/**
 * Refuses spreadsheets and documents, which are zip archives and may hold pictures.
 *
 * @throws UserError (exit code 2) that says what it is, and the command that makes a list or a folder of it.
 */
export async function refuseOfficeFile(tree: FileTree): Promise<void> {
  const kind = tree.kind === 'archive' ? await kindOf(tree) : undefined;
  if (kind === undefined) return;
  throw new UserError(`expected images or a list of them, got ${kind.what}: ${tree.where}`, {
    hint: hintFor(tree, kind),
    exitCode: 2,
  });
}
