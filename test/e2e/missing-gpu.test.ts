import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findNvidiaDriver } from '../../src/util/nvidia-driver.ts';
import { locateTensorflow } from '../../src/util/tensorflow-folder.ts';
import { inRepository, type Outcome, runNode } from '../cli/run-command.ts';
import { mayMount } from '../may-mount.ts';
import { recorded, writeNvidiaSmi } from '../setup/gpu/recordings.ts';
import { metrics, runInShell, writeExperiment } from './runs.ts';

const hasGpu = findNvidiaDriver() !== undefined;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'missing-gpu-'));
  mkdirSync(join(folder, 'lib'));
  writeFileSync(join(folder, 'lib/libcuda.so.1'), '');
  writeFileSync(join(folder, 'version'), recorded('module-570'));
  writeExperiment(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

it.skipIf(hasGpu)('cl-doctor shows what the driver says, and what to do', async () => {
  const tools = join(folder, 'tools');
  writeNvidiaSmi(tools, { cards: 'not-communicating' });
  const env = { PATH: [tools, process.env['PATH']].join(delimiter) };
  const { code, stdout } = await runNode([inRepository('bin/cl-doctor.js'), '--json'], { env });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: true,
    findings: expect.arrayContaining([
      {
        name: 'GPU',
        status: 'warning',
        found: expect.stringMatching(/^expected the driver to answer.*couldn't communicate with the NVIDIA driver/),
        hint: expect.stringContaining('sudo modprobe nvidia'),
      },
    ]),
  });
});

/** Whether `/proc/driver`, where a driver tells its version, may be covered by a file system of this user. */
function mayCover(): boolean {
  if (!mayMount || hasGpu) return false;
  try {
    execFileSync('unshare', ['--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'none', '/proc/driver']);
    return true;
  } catch {
    return false;
  }
}

// TensorFlow is named by its folder, so that what is fetched for a machine with a driver is not asked for.
const COVER = `mount -t tmpfs none /proc/driver && mkdir /proc/driver/nvidia && cp version /proc/driver/nvidia/version
export LD_LIBRARY_PATH="$PWD/lib" CL_TENSORFLOW="${locateTensorflow().folder}"`;

/** Runs a program on a machine that shows a driver, with a TensorFlow that sees no GPU. */
function there(program: string, options: string, more = ''): Promise<Outcome> {
  const command = `${COVER}\n${more}\nexec "${process.execPath}" "${inRepository(`bin/${program}.js`)}" ${options}`;
  return runInShell(`unshare --map-root-user --mount sh -c '${command}'`, folder);
}

describe.skipIf(!mayCover())('a card that lies idle (needs unshare --mount; skipped where it is not permitted)', () => {
  const WARNING =
    /warning: NO GPU: this machine has an NVIDIA card, but everything runs on the CPU.*\/dev\/nvidia0.*--gpus all.*`--device cpu`\./;
  const flat = (text: string): string => text.replace(/\s+/g, ' ');

  it('is told in the first lines, in the log and at the head of the report, and the CPU trains', async () => {
    // In half precision, which CPUs don't all multiply: what is recorded for GPUs would fail.
    const half = '--set precision=bfloat16';
    const older = 'export ONEDNN_MAX_CPU_ISA=AVX2';
    const { code, stderr } = await there('cl-train', `-c run.yaml -o run --epochs 1 ${half}`, older);
    expect(code).toBe(0);
    const lines = stderr.split('\n');
    const at = lines.findIndex((line) => line.includes('warning: '));
    expect(lines[at]).toContain('NO GPU');
    // The lines before it say what was found, and what the run is.
    expect(at).toBeLessThan(12);
    expect(flat(stderr)).toMatch(WARNING);
    expect(flat(stderr)).not.toMatch(/NO GPU.*NO GPU/);
    const run = join(folder, 'run');
    const told = metrics(run).filter(({ type }) => type === 'warning');
    expect(told[0]).toMatchObject({ alert: true, step: 0, message: expect.stringMatching(/^NO GPU: /) });
    expect(readFileSync(join(run, 'log.jsonl'), 'utf8')).toContain('NO GPU: this machine has an NVIDIA card');
    expect(readFileSync(join(run, 'report.html'), 'utf8')).toMatch(/<p class="alert" role="note">NO GPU: /);
    const { training } = JSON.parse(readFileSync(join(run, 'report.json'), 'utf8'));
    expect(training.warnings[0]).toMatchObject({ alert: true, message: expect.stringMatching(/^NO GPU: /) });

    const evaluated = await there('cl-eval', 'knn --run run --set evaluate.floors=false', older);
    expect(evaluated.code).toBe(0);
    expect(flat(evaluated.stderr)).toMatch(WARNING);
    expect(flat(evaluated.stderr)).not.toMatch(/NO GPU.*NO GPU/);
  });

  it('is told by the dry run, without TensorFlow', async () => {
    const planned = await there('cl-train', '-c run.yaml -o dry --dry-run');
    expect(planned.code).toBe(0);
    expect(flat(planned.stdout)).toMatch(/NO GPU: .*would run on the CPU.*\/dev\/nvidia0/);
  });

  it('is the reason for which --device gpu is refused', async () => {
    const { code, stderr } = await there('cl-train', '-c run.yaml -o refused --device gpu');
    expect(code).toBe(2);
    expect(flat(stderr)).toMatch(
      /error: Expected a GPU \(device: gpu\), but TensorFlow sees none\. Why: expected .*\/dev\/nvidia0.* hint: .*--gpus all/,
    );
    const hidden = await there('cl-train', '-c run.yaml -o refused --device gpu', 'export CUDA_VISIBLE_DEVICES=');
    expect(hidden.code).toBe(2);
    expect(flat(hidden.stderr)).toMatch(
      /^error: Expected a GPU \(device: gpu\), but TensorFlow will see none: .*got '', which hides all\. hint: Take it away/,
    );
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });
});
