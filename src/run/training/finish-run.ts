import { readFile, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import type { SkippedImage } from '../../data/sources/bad-images.ts';
import { readHistory } from '../../report/history.ts';
import { type ExportedFiles, type RunEnvironment, type SampleViews, summarizeRun } from '../../report/run-summary.ts';
import { summaryText } from '../../report/summary-text.ts';
import { writeReport } from '../../report/write-report.ts';
import { tell } from '../../util/notices.ts';
import { packageVersion } from '../../util/package-info.ts';
import { hasColors, writeText } from '../../util/write-text.ts';
import { CARD, FORMAT_PATHS, type Manifest } from '../export/manifest.ts';
import type { RunFolder } from '../folder/run-folder.ts';
import { SHEET_CAPTION } from '../preview/run-sheet.ts';

export interface FinishOptions {
  /** The resolved configuration, which the report repeats. */
  readonly config: unknown;
  readonly configText: string;
  readonly folder: RunFolder;
  readonly environment: RunEnvironment;
  readonly skipped: readonly SkippedImage[];
  /** The export in the run folder, where one was made. */
  readonly exported: Manifest | undefined;
  /** Whether the results go to standard output. */
  readonly print: boolean;
}

/** Bytes of a contact sheet up to which it goes into the report. */
const LARGEST_SHEET = 8 * 2 ** 20;

async function sampleViews({ views }: RunFolder): Promise<SampleViews | undefined> {
  const found = await stat(views).catch(() => undefined);
  if (!found?.isFile() || found.size > LARGEST_SHEET) return undefined;
  const png = (await readFile(views)).toString('base64');
  return { dataUri: `data:image/png;base64,${png}`, caption: SHEET_CAPTION };
}

/** What a report links to, relative to the run folder. */
function filesOf({ path, exports }: RunFolder, { formats }: Manifest): ExportedFiles {
  const below = (name: string): string => `${relative(path, exports)}/${name}`;
  return { card: below(CARD), files: formats.map((format) => ({ format, path: below(FORMAT_PATHS[format]) })) };
}

/** Writes the reports from what the run recorded, and prints the results. */
export async function finishRun(options: FinishOptions) {
  const { config, configText, folder, environment, skipped, exported, print } = options;
  const summary = summarizeRun({
    tool: { name: 'cl-train', version: packageVersion() },
    folder: folder.path,
    config,
    configText,
    environment,
    history: await readHistory(folder.metrics),
    skippedImages: skipped.map(({ name, reason }) => ({ name, reason })),
    sampleViews: await sampleViews(folder),
    exports: exported && filesOf(folder, exported),
  });
  const { html } = await writeReport(folder.path, summary);
  if (!print) return;
  if (summary.evaluations.length > 0) {
    writeText(process.stdout, summaryText(summary.evaluations, { colors: hasColors(process.stdout) }));
  }
  tell(`report: ${html}`);
}
