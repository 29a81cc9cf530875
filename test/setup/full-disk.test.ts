import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mayMount } from '../may-mount.ts';
import { temporaryFolder } from './wheel-server.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** A folder with the bootstrap of this project, which a script copies onto a small disk. */
function cloneWithout(...left: readonly string[]): string {
  const clone = temporaryFolder();
  const names = ['setup', 'assembly', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
  for (const name of names.filter((each) => !left.includes(each))) {
    cpSync(join(ROOT, name), join(clone, name), { recursive: true });
  }
  if (!left.includes('node_modules')) symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  mkdirSync(join(clone, 'src/setup'), { recursive: true });
  writeFileSync(join(clone, 'src/setup/main.ts'), 'process.exitCode = 0;');
  return clone;
}

/** Runs the set-up of `npm test` in a copy of a clone on a disk of so many kilobytes, after a piece of shell. */
function npmTest(clone: string, kilobytes: number, before = ''): string {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
  const script = `mount -t tmpfs -o size=${kilobytes}k none /mnt || exit 99; cp -a "$1/." /mnt; cd /mnt; ${before}
exec "${process.execPath}" setup/test.mjs good`;
  const args = ['--map-root-user', '--mount', 'bash', '-c', script, 'bash', clone];
  const { status, stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8', env });
  expect(stdout).toBe('');
  expect(stderr).not.toMatch(/^\s+at /m);
  return `exit ${status}: ${stderr}`;
}

/** A clone that needs one package of 4 MB, which npm has on the disk. */
function cloneWithPackage(): string {
  const clone = cloneWithout('node_modules', 'package.json', 'package-lock.json');
  const big = join(clone, 'big');
  mkdirSync(big);
  writeFileSync(join(big, 'package.json'), '{"name": "big", "version": "1.0.0"}');
  writeFileSync(join(big, 'zeros.bin'), Buffer.alloc(4e6));
  writeFileSync(
    join(clone, 'package.json'),
    '{"name": "c", "version": "1.0.0", "dependencies": {"big": "file:big.tgz"}}',
  );
  execFileSync('npm', ['pack', './big', '--silent'], { cwd: clone });
  execFileSync('bash', ['-c', 'mv big-1.0.0.tgz big.tgz; rm -r big; npm i --package-lock-only --silent'], {
    cwd: clone,
  });
  // Where packages are, the space for them is not asked for.
  mkdirSync(join(clone, 'node_modules'));
  return clone;
}

describe.skipIf(!mayMount)('set-up on a full disk (needs unshare --mount; skipped where it is not permitted)', () => {
  it('asks for the space of packages, and of compiling, first', () => {
    expect(npmTest(cloneWithout('node_modules'), 20_000)).toMatch(
      /^exit 1: error: Installing the npm packages needs 700 MB in \/mnt, but that disk has \d+ MB free\.\nhint: Free some/,
    );
    expect(npmTest(cloneWithout(), 9_000)).toMatch(/^exit 1: error: Compiling needs 15 MB in \/mnt, but that disk has/);
  });

  it('says that a place may not be written, or has not a byte left', () => {
    expect(npmTest(cloneWithout(), 20_000, 'mount -o remount,ro /mnt')).toMatch(
      /^exit 1: error: Set-up cannot write \/mnt\/\.cache: the file system is read-only\.\nhint: Clone into/,
    );
    expect(npmTest(cloneWithout(), 2_000, 'mkdir .cache; yes > filler 2> /dev/null')).toMatch(
      /^exit 1: error: (Set-up cannot write \/mnt.*: the disk is full|Compiling needs 15 MB)/,
    );
    expect(
      npmTest(
        cloneWithout(),
        40_000,
        'mkdir tmp; mount -t tmpfs -o size=4k,nr_inodes=1 none tmp; export TMPDIR=/mnt/tmp',
      ),
    ).toMatch(/error: Set-up cannot write \/mnt\/tmp\/cl-train-test-.*: the disk is full\.\nhint: .*TMPDIR/);
  });

  it("says what npm's own failures mean, also where npm takes them for success", () => {
    const clone = cloneWithPackage();
    expect(JSON.parse(readFileSync(join(clone, 'package-lock.json'), 'utf8')).packages).toHaveProperty(
      'node_modules/big',
    );
    expect(npmTest(clone, 2_000, 'export npm_config_cache="$(mktemp -d)"')).toMatch(
      /error: npm could not install the packages: the disk is full( \(.*\))?\.\nhint: Free about 700 MB/,
    );
  });
});
