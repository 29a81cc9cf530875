import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

// A bundle of `cl-doctor --bundle` has this file as `install.mjs`: it needs Node alone, and runs nothing of the bundle
// but what lies in `installer`, whose checksums it checks first. Syntax that older releases of Node can read.

const HERE = dirname(fileURLToPath(import.meta.url));
const COPY = 'Copy it again from where the bundle was made.';

function fail(message, hint) {
  process.stderr.write(`error: ${message}\nhint: ${hint}\n`);
  process.exitCode = 1;
}

function sha256(content) {
  return createHash('sha256').update(content).digest('hex');
}

/** What is wrong with the installer's files, each with what was expected. */
function problems(files) {
  return files.flatMap(({ path, sha256: expected }) => {
    try {
      const found = sha256(readFileSync(join(HERE, path)));
      return found === expected ? [] : [`${path}: expected SHA-256 ${expected}, got ${found}`];
    } catch (error) {
      return [`${path}: ${error.code === 'ENOENT' ? 'missing' : error.message}`];
    }
  });
}

function readInstaller() {
  try {
    return JSON.parse(readFileSync(join(HERE, 'bundle.json'), 'utf8')).installer;
  } catch (error) {
    const why = error.code === 'ENOENT' ? 'is missing' : `is damaged: ${error.message}`;
    fail(`${join(HERE, 'bundle.json')} ${why}`, COPY);
    return undefined;
  }
}

async function main() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(
      `Node 20.19 or later is needed, but this is ${process.version}.`,
      'Install a newer one, such as Node 22 or 24.',
    );
    return;
  }
  const files = readInstaller();
  if (files === undefined) return;
  const found = Array.isArray(files) ? problems(files) : ['bundle.json: it names no files of the installer'];
  if (found.length > 0) {
    fail(
      `Of the installer in ${HERE} are missing or damaged:\n  ${found.join('\n  ')}`,
      'Copy them again from where the bundle was made.',
    );
    return;
  }
  const { install } = await import(pathToFileURL(join(HERE, 'installer/dist/setup/bundle/installer.js')).href);
  process.exitCode = await install(HERE, process.argv.slice(2));
}

await main();
