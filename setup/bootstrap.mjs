import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withCloneLock } from './clone-lock.mjs';
import { assertSpace, failBy, freeBytes } from './disk.mjs';
import { installPackages, packagesInstalled } from './npm.mjs';
import { fail, ROOT, run, runTool, say } from './process.mjs';

// Runs before anything is installed: only Node's own modules, and syntax that older releases of Node can read.

const OLDEST_NODE = [20, 19];
const BUILD_STAMP = join(ROOT, 'dist', '.sources-sha256');

/** Bytes that compiling takes, twice of what comes out; and so few that a failure is the full disk's. */
const [BUILD_BYTES, FULL_BYTES] = [15e6, 1e6];

/** Set-up: npm packages, compiled TypeScript and, unless told otherwise, TensorFlow. What is there already is left. */
export async function setUp({ tensorflow = true } = {}) {
  checkNode();
  try {
    if (!packagesInstalled() || !compiled()) {
      await withCloneLock(async () => {
        if (!packagesInstalled()) await installPackages();
        if (!compiled()) await compile();
      });
    }
  } catch (error) {
    failBy(error);
  }
  if (tensorflow) await need(run(process.execPath, [join(ROOT, 'dist', 'setup', 'main.js')]));
}

async function need(running) {
  const status = await running;
  if (status !== 0) process.exit(status);
}

/** The same of a compiler, which may not say why in words. */
async function needCompiler(running) {
  const status = await running;
  if (status !== 0 && freeBytes() < FULL_BYTES) assertSpace(BUILD_BYTES, 'Compiling');
  if (status !== 0) process.exit(status);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  const hint = 'Install a newer one, such as Node 22 or 24.';
  fail(`Node ${OLDEST_NODE.join('.')} or later is needed, but this is ${process.version}.`, hint);
}

function compiled() {
  return existsSync(BUILD_STAMP) && readFileSync(BUILD_STAMP, 'utf8') === sourcesHash();
}

async function compile() {
  assertSpace(BUILD_BYTES, 'Compiling');
  say('Compiling TypeScript ...');
  const hash = sourcesHash();
  // Without a finished build, dist may lack files that the compiler's own record believes in.
  if (!existsSync(BUILD_STAMP)) rmSync(join(ROOT, 'dist', '.tsbuildinfo'), { force: true });
  await needCompiler(runTool('typescript', 'tsc', ['-p', 'tsconfig.build.json']));
  await needCompiler(runTool('assemblyscript', 'asc', ['assembly/resample.ts', '--config', 'assembly/asconfig.json']));
  writeFileSync(BUILD_STAMP, hash);
}

/** Names, sizes and times of all that a build depends on: reading the files themselves would take longer. */
function sourcesHash() {
  const hash = createHash('sha256');
  const sources = [...filesBelow(join(ROOT, 'src')), ...filesBelow(join(ROOT, 'assembly'))];
  for (const file of [...sources, 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json']) {
    const { mtimeMs, size } = statSync(join(ROOT, file));
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path.slice(ROOT.length + 1)];
  });
}
