import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../setup/wheel-server.ts';
import { inRepository, runNode } from './run-command.ts';

/** Packages that are copied, so that what they load is looked for in the copy. */
const COPIED = ['sharp', 'koffi', 'yaml'];

/** A copy of the compiled programs whose packages are links. */
let clone: string;
beforeAll(() => {
  clone = temporaryFolder();
  for (const name of ['bin', 'dist', 'setup', 'configs', 'package.json']) {
    cpSync(inRepository(name), join(clone, name), { recursive: true });
  }
  mkdirSync(join(clone, 'src'));
  const packages = Object.keys(JSON.parse(readFileSync(inRepository('package.json'), 'utf8')).dependencies);
  for (const name of packages) {
    const [from, to] = [inRepository(`node_modules/${name}`), join(clone, 'node_modules', name)];
    mkdirSync(dirname(to), { recursive: true });
    if (COPIED.includes(name)) cpSync(from, to, { recursive: true });
    else symlinkSync(from, to);
  }
  cpSync(inRepository('node_modules/@koromix'), join(clone, 'node_modules/@koromix'), { recursive: true });
  // What sharp needs besides its binary, which is not there.
  for (const name of ['@img/colour', 'detect-libc', 'semver']) {
    mkdirSync(dirname(join(clone, 'node_modules', name)), { recursive: true });
    symlinkSync(inRepository(`node_modules/${name}`), join(clone, 'node_modules', name));
  }
});

const NPM = 'To repair it, run `npm ci --ignore-scripts` in CLONE.';
const BUILD = 'To repair it, run `rm -r dist && npm run build` in CLONE.';

/** Runs a program of the copy, which can't begin. */
async function problem(program: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runNode([join(clone, 'bin', `${program}.js`), ...args], { cwd: clone });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).not.toMatch(/^\s+at |looks like a bug/m);
  return stderr.replaceAll(clone, 'CLONE');
}

test("sharp's binary is missing", async () => {
  mkdirSync(join(clone, 'images/a'), { recursive: true });
  cpSync(inRepository('test/fixtures/images'), join(clone, 'images/a'), { recursive: true });
  expect(await problem('cl-data', 'inspect', 'images')).toBe(
    `error: The package sharp, which this program needs, is missing or damaged: its binary for ${process.platform}-${process.arch} does not load\nhint: ${NPM}\n`,
  );
});

test("koffi's binary is cut short, or missing", async () => {
  const natives = readdirSync(join(clone, 'node_modules'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('koffi.node'),
  );
  const args = ['--config', 'quickstart.yaml', '--data', 'images'];
  for (const damage of [(path: string) => truncateSync(path, 1000), (path: string) => rmSync(path)]) {
    for (const path of natives) damage(join(clone, 'node_modules', path));
    expect(await problem('cl-train', ...args)).toMatch(
      /^error: The package (@koromix\/)?koffi.*, .* is missing or damaged: .*\nhint: /,
    );
  }
});

test('a package is missing, or a file of it is cut short', async () => {
  const main = join(clone, 'node_modules/yaml/dist/parse/lexer.js');
  const whole = readFileSync(main);
  const args = ['--config', 'quickstart.yaml', '--print-config'];
  truncateSync(main, Math.floor(whole.length / 2));
  const cut = await problem('cl-train', ...args);
  expect(cut).toMatch(/^error: The package yaml, .*: .* in CLONE\/node_modules\/yaml\/dist\/parse\/lexer\.js:\d+\n/);
  expect(cut).toContain(`hint: ${NPM}\n`);
  rmSync(join(clone, 'node_modules/yaml'), { recursive: true });
  expect(await problem('cl-train', ...args)).toBe(
    `error: The package yaml, which this program needs, is missing or damaged: it is missing\nhint: ${NPM}\n`,
  );
});

test('a file of the program itself is damaged', async () => {
  const file = join(clone, 'dist/util/is-stop.js');
  const whole = readFileSync(file);
  for (const content of [whole.subarray(0, whole.length / 2), '']) {
    writeFileSync(file, content);
    // Node does not tell which file it could not read to its end.
    expect(await problem('cl-train', '--help')).toMatch(
      /^error: .*(CLONE\/dist\/[\w./-]+\.js|A file of this program), .*damaged: .*\nhint: To repair it, run `rm -r dist && .*npm run build` in CLONE\.\n$/,
    );
  }
  rmSync(file);
  const missing = await problem('cl-eval', '--help');
  expect(missing).toMatch(/^error: CLONE\/dist\/util\/is-stop\.js, a part of this program, is missing or damaged: /);
  expect(missing).toContain(`hint: ${BUILD}\n`);
});

test('nothing was compiled yet', async () => {
  rmSync(join(clone, 'dist'), { recursive: true });
  expect(await problem('cl-doctor')).toBe(
    'error: This clone is not set up: CLONE/dist holds no compiled program.\nhint: Run `npm start` in CLONE, or `npm ci --ignore-scripts && npm run build`.\n',
  );
});
