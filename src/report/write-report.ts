import { join } from 'node:path';
import { writeFileAtomic } from '../util/atomic-write.ts';
import { reportJson } from './report-json.ts';
import type { RunSummary } from './run-summary.ts';

/**
 * Writes `report.json` and `report.html` into a run folder, each whole or not at all, and returns their paths.
 *
 * @throws UserError when the folder can't be written or the disk is full.
 */
export async function writeReport(folder: string, summary: RunSummary): Promise<{ json: string; html: string }> {
  // The charts' libraries take a third of a second to load: only when a report is written.
  const { reportHtml } = await import('./report-html.ts');
  const paths = { json: join(folder, 'report.json'), html: join(folder, 'report.html') };
  await writeFileAtomic(paths.json, reportJson(summary));
  await writeFileAtomic(paths.html, reportHtml(summary));
  return paths;
}
