import { EXPORT_FORMATS, type ExportFormat } from '../../config/export-formats.ts';
import { UserError } from '../../util/errors.ts';
import type { EncoderDescription } from './description.ts';
import type { ExportChoice } from './export-choice.ts';

/** The file that tells programs what an export holds. */
export const MANIFEST = 'export.json';

/** The model card, where hubs look for it. */
export const CARD = 'README.md';

/** Raised when older versions could no longer read what is written. */
const SCHEMA_VERSION = 1;

/** A file of an export. */
export interface ExportedFile {
  /** Below the export's folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What an export holds, for programs. */
export interface Manifest extends ExportChoice {
  readonly schemaVersion: number;
  readonly tool: string;
  readonly encoder: EncoderDescription;
  readonly verification: {
    /** The split that the images are of; patterns where the data could not be opened. */
    readonly images: 'test' | 'training' | 'patterns';
    readonly indices: readonly number[];
  };
  /** All but this file itself. */
  readonly files: readonly ExportedFile[];
}

/** The text of `export.json`: a function of what it holds. */
export function manifestText(manifest: Omit<Manifest, 'schemaVersion'>): string {
  return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...manifest }, undefined, 2)}\n`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a path stays below its folder, and can be shown as it is. */
function isBelow(path: string): boolean {
  return (
    path !== '' &&
    !path.startsWith('/') &&
    !/[\\\p{Cc}]/u.test(path) &&
    !path.split('/').some((part) => /^\.{0,2}$/.test(part))
  );
}

function isFile(value: unknown): value is ExportedFile {
  if (!isRecord(value)) return false;
  const { path, bytes, sha256 } = value;
  return (
    typeof path === 'string' &&
    isBelow(path) &&
    Number.isSafeInteger(bytes) &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256)
  );
}

const isPositive = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

const isThree = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 3 && value.every((each) => Number.isFinite(each));

function isDescription(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { features, size, resize, mean, std, settings } = value;
  return [features, size, resize].every(isPositive) && isThree(mean) && isThree(std) && isRecord(settings);
}

function isManifest(value: Record<string, unknown>): boolean {
  const { encoder, formats, files, part, features, input, verification } = value;
  const isKnown = (format: unknown): boolean => EXPORT_FORMATS.some((known) => known === format);
  return (
    isDescription(encoder) &&
    Array.isArray(formats) &&
    formats.length > 0 &&
    new Set(formats).size === formats.length &&
    formats.every(isKnown) &&
    Array.isArray(files) &&
    files.every(isFile) &&
    (part === 'backbone' || part === 'projector') &&
    (features === 'pooled' || features === 'pyramid') &&
    (input === 'images' || input === 'normalized') &&
    isRecord(verification)
  );
}

/**
 * Reads `export.json`, trusting nothing in it: paths stay below the folder.
 *
 * @throws UserError (exit code 2) for what is not such a file.
 */
export function parseManifest(text: string, path: string): Manifest {
  const problem = (got: string): UserError =>
    new UserError(`expected the export.json of an export, got ${got}: ${path}`, {
      exitCode: 2,
      hint: 'Export again: cl-export --run DIR --format torchvision --output DIR --overwrite',
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw problem('text that is not JSON');
  }
  if (!isRecord(value)) throw problem('another JSON text');
  if (value['schemaVersion'] !== SCHEMA_VERSION && isRecord(value['encoder'])) {
    throw problem(
      `version ${JSON.stringify(value['schemaVersion']).slice(0, 80)} of it, where this tool knows ${SCHEMA_VERSION}`,
    );
  }
  if (!isManifest(value)) throw problem('one with missing or wrong entries');
  return value as unknown as Manifest;
}

/** Where the files of a format lie in an export. */
export const FORMAT_PATHS: Readonly<Record<ExportFormat, string>> = {
  torchvision: 'torchvision.safetensors',
  timm: 'timm.safetensors',
  onnx: 'encoder.onnx',
  savedmodel: 'saved_model',
  tfjs: 'tfjs',
};

/** The file of each format without which it can't be read. */
export const FORMAT_FILES: Readonly<Record<ExportFormat, string>> = {
  ...FORMAT_PATHS,
  savedmodel: 'saved_model/saved_model.pb',
  tfjs: 'tfjs/model.json',
};
