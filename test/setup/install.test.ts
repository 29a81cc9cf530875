import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { damagedFiles, type InstallJob, installTensorflow } from '../../src/setup/install.ts';
import { wheelTags } from '../../src/setup/wheels.ts';
import { UserError } from '../../src/util/errors.ts';
import { readManifest } from '../../src/util/tensorflow-folder.ts';
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

  it('lets pip download where the direct way is closed', async () => {
    const { server, said, job } = await prepare();
    const { PATH } = process.env;
    // A pip too old for --report.
    const old = fakePython(
      `case "$*" in *--report*) echo "no such option: --report" >&2; exit 2;; esac; PATH='${PATH}' exec python3 "$@"`,
    );
    await installTensorflow({ ...job, environment: { ...job.environment, PATH: old } });
    expect(server.requests).toEqual([]);
    expect(readManifest(job.folder)).toBeDefined();
    expect(said).toHaveLength(1);
  });

  it('checks the disk before it downloads', async () => {
    const { server, job } = await prepare();
    const message = await failureOf({ ...job, freeBytes: async () => 5_000_000 });
    expect(message).toMatch(/TensorFlow needs 6\.\d+ MB in .*, but that disk has 5\.00 MB free/);
    expect(server.requests).toEqual([]);
  });

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
