import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { damagedFiles } from '../../src/setup/damaged-files.ts';
import { type InstallJob, installTensorflow } from '../../src/setup/install.ts';
import { wheelTags } from '../../src/setup/wheels.ts';
import { UserError } from '../../src/util/errors.ts';
import { readManifest } from '../../src/util/tensorflow-folder.ts';
import { mayMount } from '../may-mount.ts';
import {
  fakePython,
  KEPT,
  pipEnvironment,
  type ServerOptions,
  serveWheel,
  sizeOf,
  temporaryFolder,
  type WheelServer,
} from './wheel-server.ts';

let server: WheelServer | undefined;
afterEach(() => server?.close());

async function prepare(options: ServerOptions = {}) {
  server = await serveWheel(options);
  const said: string[] = [];
  const job: InstallJob = {
    folder: join(temporaryFolder(), 'cache', 'tensorflow-2.21.0-cpu'),
    variant: 'cpu',
    wheels: [server.wheel],
    tags: wheelTags('x64'),
    environment: server.environment,
    progress: { say: (line) => void said.push(line), begin() {}, advance() {}, end() {} },
  };
  return { server, said, job };
}

async function failureOf(job: InstallJob): Promise<string> {
  const failure = await installTensorflow(job).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UserError);
  const { message, hint } = failure as UserError;
  expect(hint).toBeTruthy();
  expect(existsSync(job.folder)).toBe(false);
  return message;
}

/** A message of a download that was cut. */
const told = (attempt: number): RegExp =>
  new RegExp(
    `^The download of .*whl stopped at \\d.* MB \\(.+\\): it goes on there, attempt ${attempt} of at most 100$`,
  );

/** A folder for PATH with a python3 whose pip lacks a part that is asked for where a wheel lies. */
function strangePip(): string {
  const { PATH } = process.env;
  return fakePython(`PATH='${PATH}'
if [ "$1" = -c ]; then
  code="import pip._internal.cli.cmdoptions as options; del options.make_target_python
$2"
  shift 2
  exec python3 -c "$code" "$@"
fi
exec python3 "$@"`);
}

/** Starts an installation in a process of its own and kills it once it has told a line that `until` accepts. */
async function killWhen(job: InstallJob, until: (line: string) => boolean): Promise<void> {
  const script = join(import.meta.dirname, 'install-child.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)));
  for await (const text of child.stdout.setEncoding('utf8')) {
    if ((text as string).split('\n').some(until)) child.kill('SIGKILL');
  }
  expect(await ended).toBe('SIGKILL');
}

describe('installTensorflow', () => {
  it('asks pip, downloads, unpacks what is needed, and is at once done the second time', async () => {
    const { server, said, job } = await prepare();
    const manifest = await installTensorflow(job);
    expect(Object.fromEntries(manifest.files.map(({ path, size }) => [path, size]))).toEqual(KEPT);
    expect(readManifest(job.folder)).toEqual(manifest);
    expect(await damagedFiles(job.folder, manifest)).toEqual([]);
    expect(readdirSync(job.folder).sort()).toEqual(['manifest.json', 'tensorflow']);
    expect(readdirSync(join(job.folder, '..'))).toEqual(['tensorflow-2.21.0-cpu']);
    expect(said.join()).toMatch(/3\.\d+ MB to download, into .*tensorflow-2\.21\.0-cpu/);
    await installTensorflow(job);
    expect(server.requests).toEqual(['none']);
  });

  it('works once when several start at once', async () => {
    const { server, said, job } = await prepare({ speed: 10_000 });
    const [first, ...others] = await Promise.all(Array.from({ length: 32 }, () => installTensorflow(job)));
    for (const other of others) expect(other).toEqual(first);
    expect(server.requests).toEqual(['none']);
    expect(said.filter((line) => line.startsWith('Waiting for another set-up'))).toHaveLength(others.length);
  });

  it('goes on after kill -9 with what it has', async () => {
    const { server, job } = await prepare({ speed: 1_000 });
    await killWhen(job, (line) => Number(line.slice(3)) > 1_000_000);
    const part = sizeOf(join(`${job.folder}.partial`, `${server.wheel.file}.part`));
    expect(part).toBeGreaterThan(1_000_000);
    await installTensorflow(job);
    expect(server.requests).toEqual(['none', `bytes=${part}-`]);
    expect(readManifest(job.folder)).toBeDefined();
  });

  it('fetches again what was damaged, when told to verify', async () => {
    const { server, said, job } = await prepare();
    const manifest = await installTensorflow(job);
    const library = join(job.folder, 'tensorflow', 'libtensorflow_cc.so.2');
    const content = readFileSync(library);
    content.writeUInt8(content.readUInt8(1000) ^ 1, 1000);
    writeFileSync(library, content);
    expect(await damagedFiles(job.folder, manifest)).toEqual(['tensorflow/libtensorflow_cc.so.2']);
    await installTensorflow(job);
    expect(server.requests).toHaveLength(1);
    await installTensorflow({ ...job, verify: true });
    expect(server.requests).toHaveLength(2);
    expect(await damagedFiles(job.folder, manifest)).toEqual([]);
    expect(said.join()).toContain('libtensorflow_cc.so.2 changed since it was unpacked');
  });

  it('fetches again when a file is gone', async () => {
    const { job } = await prepare();
    await installTensorflow(job);
    rmSync(join(job.folder, 'tensorflow', 'libtensorflow_framework.so.2'));
    expect(readManifest(job.folder)).toBeUndefined();
    await installTensorflow(job);
    expect(readManifest(job.folder)).toBeDefined();
  });

  it('never downloads a wheel twice: pip tells where it lies, without fetching it', async () => {
    const { server, job } = await prepare();
    await installTensorflow(job);
    expect(server).toMatchObject({ requests: ['none'], pipRequests: [] });
  });

  it('leaves an index that asks for a name and a password to pip, and tells nobody', async () => {
    const { server, said, job } = await prepare({ credentials: 'me:secret' });
    await installTensorflow(job);
    expect(server.pipRequests).toEqual(['none']);
    expect(said.join()).not.toContain('secret');
    const PIP_INDEX_URL = job.environment['PIP_INDEX_URL']?.replace('secret', 'guess');
    const refused = await failureOf({
      ...job,
      folder: `${job.folder}-2`,
      environment: { ...job.environment, PIP_INDEX_URL },
    });
    expect(refused).toMatch(/did not tell of tensorflow-cpu==2\.21\.0: 401 Client Error/);
    expect(refused).not.toContain('guess');
  });

  it('goes on where the connection broke, and says so', async () => {
    const { server, said, job } = await prepare({ cutAfter: 1_000_000, cuts: 2 });
    await installTensorflow(job);
    expect(server.pipRequests).toEqual([]);
    expect(server.requests).toHaveLength(3);
    expect(said.slice(1)).toEqual([2, 3].map((attempt) => expect.stringMatching(told(attempt))));
  });

  it('lets pip download where the direct way is closed', async () => {
    const { server, said, job } = await prepare();
    await installTensorflow({ ...job, environment: { ...job.environment, PATH: strangePip() } });
    expect(server).toMatchObject({ requests: [], pipRequests: ['none'] });
    expect(readManifest(job.folder)).toBeDefined();
    expect(said).toHaveLength(1);
  });

  it('lets pip begin again where that is cut, a few times, and says so', async () => {
    const once = await prepare({ cutAfter: 1_000_000, pipCuts: 1 });
    await installTensorflow({ ...once.job, environment: { ...once.job.environment, PATH: strangePip() } });
    expect(once.server.requests).toEqual([]);
    expect(readManifest(once.job.folder)).toBeDefined();
    once.server.close();
    const always = await prepare({ cutAfter: 1_000_000, pipCuts: Number.POSITIVE_INFINITY });
    const environment = { ...always.job.environment, PATH: strangePip(), PIP_RESUME_RETRIES: '0' };
    expect(await failureOf({ ...always.job, environment })).toMatch(
      /^The download of tensorflow-cpu==2\.21\.0 by pip was cut 3 times \(/,
    );
    expect(always.said.slice(1)).toEqual([2, 3].map((n) => expect.stringContaining(`it begins again, ${n} of 3`)));
    expect(always.server.pipRequests).toHaveLength(3);
  });

  it('checks the disk before it downloads', async () => {
    const { server, job } = await prepare();
    const message = await failureOf({ ...job, freeBytes: async () => 5_000_000 });
    expect(message).toMatch(/TensorFlow needs 6\.\d+ MB in .*, but that disk has 5\.00 MB free/);
    expect(server.requests).toEqual([]);
  });

  it.skipIf(!mayMount)(
    'says that the disk was filled meanwhile, and goes on with what it has (needs unshare)',
    async () => {
      const { server, job } = await prepare();
      // Told to be small, so that what is free before does not end it.
      const wheels = [{ ...server.wheel, bytes: 1, unpacked: 1 }];
      const folder = '/mnt/cache/tensorflow-2.21.0-cpu';
      const child = `"${process.execPath}" --import tsx "${join(import.meta.dirname, 'install-child.ts')}"`;
      const script = `mount -t tmpfs -o size=2000k none /mnt
${child} "$1"; echo "exit $?"; ls -A /mnt/cache
mount -o remount,size=5000k /mnt; ${child} "$1"; echo "exit $?"
mount -o remount,size=9000k /mnt; ${child} "$1"; echo "exit $?"
rm -r ${folder}; head -c 20000k /dev/zero > /mnt/filler; ${child} "$1"; echo "exit $?"`;
      const inShell = ['--map-root-user', '--mount', 'bash', '-c', script, 'bash'];
      const { stdout } = await promisify(execFile)('unshare', [...inShell, JSON.stringify({ ...job, wheels, folder })]);
      const lines = stdout.split('\n').filter((line) => !line.startsWith('at '));
      const full = expect.stringMatching(
        /^error: Cannot write .*tensorflow-2\.21\.0-cpu.*: no space left in its folder/,
      );
      const hint = expect.stringMatching(
        /^hint: Free some space, or set XDG_CACHE_HOME.*is kept: run the command again\.$/,
      );
      const begin = expect.stringMatching(/^Fetching TensorFlow/);
      const left = 'tensorflow-2.21.0-cpu.partial';
      expect(lines.slice(0, 5)).toEqual([begin, full, hint, 'exit 1', left]);
      expect(lines.slice(5, 9)).toEqual([begin, full, hint, 'exit 1']);
      expect(lines.slice(9, 11)).toEqual([begin, 'exit 0']);
      expect(server.requests[0]).toBe('none');
      expect(server.requests.slice(1).every((range) => range.startsWith('bytes='))).toBe(true);
      expect(lines.slice(11).join('\n')).toMatch(
        /^error: .*(no space left|disk is full).*\nhint: .*XDG_CACHE_HOME.*\nexit 1\n$/,
      );
    },
  );

  it('says that the cache folder is unusable', async () => {
    const { job } = await prepare();
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect(await failureOf({ ...job, folder: join(file, 'tensorflow-2.21.0-cpu') })).toContain(`cache folder ${file}`);
  });

  it('says that python3 or pip is missing', async () => {
    const { job } = await prepare();
    const without = { ...job, environment: { ...job.environment, PATH: temporaryFolder() } };
    expect(await failureOf(without)).toContain('there is no python3');
    const PATH = fakePython('echo "/usr/bin/python3: No module named pip" >&2; exit 1');
    expect(await failureOf({ ...job, environment: { ...job.environment, PATH } })).toContain(
      'python3 was expected to have pip',
    );
  });

  it('says that there is no network', async () => {
    const { server, job } = await prepare();
    server.close();
    await sleep(50);
    expect(await failureOf(job)).toContain('The package index cannot be reached');
  });

  it('says that the index lacks the wheel', async () => {
    const { job } = await prepare();
    const wheels = job.wheels.map((wheel) => ({ ...wheel, requirement: 'tensorflow-cpu==2.20.0' }));
    expect(await failureOf({ ...job, wheels })).toContain('has no wheel of tensorflow-cpu==2.20.0');
  });

  it('refuses an index whose wheel is another one', async () => {
    const { server, job } = await prepare();
    const wheels = job.wheels.map((wheel) => ({ ...wheel, sha256: 'f'.repeat(64) }));
    expect(await failureOf({ ...job, wheels })).toContain('should have SHA-256 ffff');
    expect(server.requests).toEqual([]);
  });

  it('names pip when it fails in a way of its own', async () => {
    const { job } = await prepare();
    const environment = { ...pipEnvironment('x'), PATH: fakePython('echo "ERROR: something new" >&2; exit 1') };
    expect(await failureOf({ ...job, environment })).toContain('ERROR: something new');
  });
});
