import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// What is wrong with the files of this program, where it fails to load. Plain JavaScript without imports of packages:
// they may be what is damaged. `damage.d.mts` has the types.

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Packages that say in their own words that their binary is missing. */
const NATIVE = [
  [/^Could not load the "sharp" module/, 'sharp'],
  [/native Koffi module/, 'koffi'],
];

/** Codes and names of errors that files give which are missing, cut short or changed. */
const CODES = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED', 'ERR_INVALID_PACKAGE_CONFIG'];

/**
 * Says which file or package of this program is missing or damaged, and which command repairs it; undefined where the
 * error tells of something else.
 */
export function explainDamage(error) {
  if (!(error instanceof Error)) return undefined;
  const [first] = error.message.split('\n');
  const native = NATIVE.find(([pattern]) => pattern.test(error.message));
  if (native !== undefined)
    return explainDamagedPackage(native[1], `its binary for ${process.platform}-${process.arch} does not load`);
  if (error.name === 'CompileError') return ofBuild(join('dist', 'resample.wasm'), first);
  // Where a file can't be parsed, the stack begins with its name and line, or tells that it was being loaded.
  const stack = error.stack ?? '';
  const isUnreadable =
    error instanceof SyntaxError &&
    /^(file:|\/)|^ +at (compileSourceTextModule|wrapSafe|new ModuleWrap|\S*moduleStrategy)\b/m.test(stack);
  if (!isUnreadable && !CODES.includes(error.code)) return undefined;
  const [requiredBy = ''] = error.requireStack ?? [];
  const place = isUnreadable ? stack.split('\n')[0] : `${first} ${requiredBy}`;
  const missing = /Cannot find package '([^']+)'/.exec(first) || /Cannot find module '([^'./][^']*)'/.exec(first);
  if (missing) return explainDamagedPackage(nameOf(missing[1]), 'it is missing');
  const inside = /.*node_modules\/((?:@[^/]+\/)?[^/'"]+)/.exec(place.split("' imported from")[0]);
  if (inside && !isSelf(inside[1], place))
    return explainDamagedPackage(inside[1], isUnreadable ? `${first} in ${place}` : first);
  const file = /dist\/[\w./-]+/.exec(place);
  if (file) return ofBuild(file[0], first);
  return isUnreadable ? ofUnknown(first) : undefined;
}

function nameOf(target) {
  const [, name] = /^((?:@[^/]+\/)?[^/]+)/.exec(target) || [];
  return name || target;
}

/** Whether this program itself lies in the node_modules of a project, and the path is of its own files. */
function isSelf(name, place) {
  return place.includes(join(ROOT, 'dist')) && ROOT.endsWith(name);
}

/** What is said of a package that was found damaged, for a reason. */
export function explainDamagedPackage(name, why) {
  const repair = isClone() ? `run \`npm ci --ignore-scripts\` in ${ROOT}` : reinstall();
  return {
    message: `The package ${name}, which this program needs, is missing or damaged: ${why}`,
    hint: `To repair it, ${repair}.`,
  };
}

function ofBuild(file, why) {
  const isBuilt = existsSync(join(ROOT, 'dist', 'cli'));
  const message = isBuilt
    ? `${join(ROOT, file)}, a part of this program, is missing or damaged: ${why}`
    : `This clone is not set up: ${join(ROOT, 'dist')} holds no compiled program.`;
  if (!isClone()) return { message, hint: `To repair it, ${reinstall()}.` };
  return {
    message,
    hint: isBuilt
      ? `To repair it, run \`rm -r dist && npm run build\` in ${ROOT}.`
      : `Run \`npm start\` in ${ROOT}, or \`npm ci --ignore-scripts && npm run build\`.`,
  };
}

function ofUnknown(why) {
  const repair = isClone() ? `run \`rm -r dist && npm ci --ignore-scripts && npm run build\` in ${ROOT}` : reinstall();
  return {
    message: `A file of this program, or of its packages, is damaged: ${why}`,
    hint: `To repair it, ${repair}.`,
  };
}

function isClone() {
  return existsSync(join(ROOT, 'src'));
}

function reinstall() {
  return 'install this package again, with `--ignore-scripts`';
}
