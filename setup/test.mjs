import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUp } from './bootstrap.mjs';
import { failBy } from './disk.mjs';
import { runTool } from './process.mjs';

// `npm test`: set-up, then the tests. Arguments go to vitest. The last line counts them, also when vitest itself broke.
await setUp();
const folder = makeFolder();
const results = join(folder, 'results.json');
const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`, ...process.argv.slice(2)];
const status = await runTool('vitest', 'vitest', args);
const counts = count(readResults());
rmSync(folder, { recursive: true, force: true });
if (status !== 0 && counts.failed === 0) counts.failed = 1;
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exitCode = status === 0 && counts.failed > 0 ? 1 : status;

function makeFolder() {
  try {
    return mkdtempSync(join(tmpdir(), 'cl-train-test-'));
  } catch (error) {
    return failBy(error, tmpdir(), 'Free some space there, or name another folder for temporary files in TMPDIR.');
  }
}

/** The report of vitest; undefined where it wrote none, or the disk cut it short. */
function readResults() {
  try {
    return existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : undefined;
  } catch {
    return undefined;
  }
}

function count(report) {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  // A file that could not be loaded has no tests to count: it is one failure itself.
  const broken = report.testResults.filter(
    ({ status: outcome, assertionResults }) =>
      outcome === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
