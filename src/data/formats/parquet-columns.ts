import { UserError } from '../../util/errors.ts';
import type { ParquetColumn, ParquetFile } from '../files/parquet-file.ts';
import { noImages } from '../sources/no-images.ts';

const IMAGE_COLUMNS = ['image', 'img', 'jpg', 'jpeg', 'png', 'webp'];
const LABEL_COLUMNS = ['label', 'labels', 'fine_label', 'class', 'cls'];

export function columnProblem(message: string, { path, columns }: ParquetFile, hint: string): UserError {
  const names = columns.map(({ name }) => name).join(', ');
  return new UserError(`${message}, got ${names}: ${path}`, { hint, exitCode: 2 });
}

export const columnOf = ({ columns }: ParquetFile, wanted: string): ParquetColumn | undefined =>
  columns.find(({ name }) => name === wanted);

function imageColumns({ columns }: ParquetFile): ParquetColumn[] {
  const binary = columns.filter(({ isBinary, children }) => isBinary || children.includes('bytes'));
  const others = binary.filter(({ name }) => !LABEL_COLUMNS.includes(name));
  return others.length > 0 ? others : binary;
}

/** Whether some column may hold images. */
export const hasImages = (file: ParquetFile): boolean => imageColumns(file).length > 0;

/**
 * The column of encoded images: one of the usual names, or the only one of bytes.
 *
 * @throws UserError (exit code 2) where there is none, or several that could be.
 */
export function imageColumn(file: ParquetFile): string {
  const found = imageColumns(file);
  const named = IMAGE_COLUMNS.map((wanted) => found.find(({ name }) => name === wanted)).find(Boolean);
  const image = named ?? (found.length === 1 ? found[0] : undefined);
  if (image !== undefined) return image.name;
  const text = IMAGE_COLUMNS.find((wanted) => columnOf(file, wanted)?.isText);
  const hint =
    found.length > 0
      ? `Several hold bytes (${found.map(({ name }) => name).join(', ')}). Name the column of images image, in Python: pyarrow.parquet.write_table(table.rename_columns({"${found[0]?.name}": "image"}), "images.parquet")`
      : text !== undefined
        ? `Column ${text} holds text: paths or addresses of images that are elsewhere. Write the JPEG or PNG files into it, or list their paths in a .csv.`
        : 'Write the JPEG or PNG files into a column named image.';
  const problem = columnProblem('expected a column of encoded images (bytes, or a structure with bytes)', file, hint);
  throw found.length > 0 ? problem : noImages(problem.message, problem.hint);
}

/** A column of labels, or a part of a column of structures: `meta.label`. */
export interface LabelColumn {
  readonly name: string;
  /** The column, and the names on the way down in it. */
  readonly path: readonly string[];
}

function findColumn(file: ParquetFile, name: string): LabelColumn | undefined {
  if (columnOf(file, name) !== undefined) return { name, path: [name] };
  const top = file.columns.find((column) => name.startsWith(`${column.name}.`));
  const rest = top && name.slice(top.name.length + 1).split('.');
  return top && rest && top.children.includes(rest[0] as string) ? { name, path: [top.name, ...rest] } : undefined;
}

/** Where the labels of a split are: a column that all its files have, or why there is none. */
export type FoundLabels = { readonly column: LabelColumn } | { readonly why: string | undefined };

/**
 * The column of labels of a split's files: the one that is named, or the first of the usual ones that all have.
 *
 * @throws UserError (exit code 2) where some files have the named column and others not.
 */
export function labelColumn(files: readonly ParquetFile[], labelField: string | undefined, image: string): FoundLabels {
  const names = labelField === undefined ? LABEL_COLUMNS : [labelField];
  const [first] = files;
  for (const name of names) {
    const columns = files.map((file) => findColumn(file, name));
    if (columns[0] !== undefined && columns.every(Boolean)) return { column: columns[0] };
    const [having, lacking] = [columns.findIndex(Boolean), columns.indexOf(undefined)];
    if (having === -1) continue;
    const [with_, without] = [files[having], files[lacking]] as [ParquetFile, ParquetFile];
    if (labelField !== undefined) {
      throw columnProblem(
        `expected a column ${name} (data.labelField) as in ${with_.path}`,
        without,
        'Keep to one data set.',
      );
    }
    return { why: `${without.path} has no column ${name}, ${with_.path} has` };
  }
  const others = first?.columns.map(({ name }) => name).filter((name) => name !== image) ?? [];
  if (labelField !== undefined) return { why: `no column ${labelField} (data.labelField)` };
  return {
    why:
      others.length === 0 ? undefined : `no column named ${LABEL_COLUMNS.join(', ')}; there are ${others.join(', ')}`,
  };
}

/**
 * Checks that some file has the column that the user names for labels.
 *
 * @throws UserError (exit code 2) where none has.
 */
export function requireLabelField(files: readonly ParquetFile[], labelField: string | undefined): void {
  const [first] = files;
  if (labelField === undefined || first === undefined) return;
  if (files.some((file) => findColumn(file, labelField) !== undefined)) return;
  throw columnProblem(`expected a column ${labelField} (data.labelField)`, first, 'Name one of the columns.');
}
