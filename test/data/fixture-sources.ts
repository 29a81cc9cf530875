import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type Dataset, type DatasetOptions, openDataset } from '../../src/data/dataset/dataset.ts';
import { decodeRgb } from '../../src/data/pixels/decode.ts';
import type { ImageSource } from '../../src/data/sources/image-source.ts';
import { UserError } from '../../src/util/errors.ts';
import { tempFolder } from './temp-files.ts';

/** A file of test/fixtures/sources, which its make.py wrote. */
export const sourceFixture = (name: string): string => join(import.meta.dirname, '../fixtures/sources', name);

/** A temporary folder with copies of fixtures. */
export function folderOfFixtures(...names: string[]): string {
  const folder = tempFolder();
  for (const name of names) copyFileSync(sourceFixture(name), join(folder, basename(name)));
  return folder;
}

/** A temporary folder with an archive's files. */
export function unpackedFixture(name: string): string {
  const folder = tempFolder();
  execFileSync('tar', ['-xf', sourceFixture(name), '-C', folder]);
  return folder;
}

/** An image with its label, as a comparable line: `label height width pixels`. */
export type Row = string;

/** All images of a source by label and pixels, in an order that does not depend on the source's. */
export async function rowsOf(source: ImageSource): Promise<Row[]> {
  const rows: Row[] = [];
  for (let i = 0; i < source.count; i++) {
    const { data, height, width } = await decodeRgb(await source.read(i));
    rows.push(`${source.labels?.[i]} ${height} ${width} ${Buffer.from(data).toString('base64')}`);
  }
  return rows.sort();
}

let files: Promise<{ train: Row[]; test: Row[] }> | undefined;

/** The 20 training and 10 test images of CIFAR-10 as they are in class folders of JPEG files. */
export function cifarFiles(): Promise<{ train: Row[]; test: Row[] }> {
  files ??= (async () => {
    const { train, test, close } = await openDataset(sourceFixture('files.tar'));
    const rows = { train: await rowsOf(train), test: await rowsOf(test as ImageSource) };
    await close();
    return rows;
  })();
  return files;
}

/** A data set that is closed when the test ends. */
export async function openForTest(path: string, options: DatasetOptions = {}): Promise<Dataset> {
  const dataset = await openDataset(path, options);
  onTestFinished(() => dataset.close());
  return dataset;
}

/** What a user reads when a data set can't be opened: message | hint, with PATH for its path. */
export async function problemOf(path: string, options: DatasetOptions = {}): Promise<string> {
  const error = await openDataset(path, options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  const { message, hint, exitCode } = error as UserError;
  expect(exitCode).toBe(2);
  return `${message} | ${hint}`.replaceAll(path, 'PATH');
}

/** The decoded pixels of one image. */
export async function pixelsOf(source: ImageSource, index: number): Promise<number[]> {
  return [...(await decodeRgb(await source.read(index))).data];
}
