import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Finding } from '../../src/setup/finding.ts';
import { findInstructionSets } from '../../src/util/instruction-sets.ts';
import { locateTensorflow } from '../../src/util/tensorflow-folder.ts';

function doctor(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const script = ['--import', 'tsx', join(import.meta.dirname, 'cl-doctor-child.ts')];
  const env = { ...process.env, ...environment };
  return spawnSync(process.execPath, [...script, ...args], { encoding: 'utf8', env });
}

function findingsOf(text: string): Record<string, Finding> {
  const { findings } = JSON.parse(text) as { findings: Finding[] };
  return Object.fromEntries(findings.map((finding) => [finding.name, finding]));
}

it('finds everything in order here, and says so in words and as JSON', () => {
  const words = doctor([]);
  expect(words.stderr).toBe('');
  expect(words.stdout).toMatch(/^ok +TensorFlow +2\./m);
  expect(words.stdout).toMatch(/Training can run[.;]/);
  expect(words.status).toBe(0);

  const cache = mkdtempSync(join(tmpdir(), 'cl-doctor-'));
  writeFileSync(join(cache, `${'0'.repeat(20)}-${'1'.repeat(20)}.pixels`), 'pixels');
  writeFileSync(join(cache, 'of somebody else'), 'text');
  const json = doctor(['--json'], { CL_IMAGE_CACHE: cache });
  expect(json.status).toBe(0);
  const findings = findingsOf(json.stdout);
  expect(findings['TensorFlow']?.found).toContain(locateTensorflow().folder);
  expect(findings['Loading']?.found).toMatch(/^works.*CPU:0/);
  expect(findings['Instructions']?.found).toContain(findInstructionSets().join(', ') || 'not told');
  expect(findings['oneDNN']?.found).toMatch(process.arch === 'x64' ? /^on / : /^as TensorFlow decides/);
  expect(findings['Precision']?.found).toMatch(/bfloat16/);
  expect(findings['Images']?.found).toMatch(/jpeg, png.*webp/);
  expect(findings['Image cache']?.found).toBe(`1 file, 6 B in ${cache}; may be deleted at any time`);
  rmSync(cache, { recursive: true });
});

it('says what is broken, how to mend it, and exits 1', () => {
  const { status, stdout, stderr } = doctor(['--json'], { XDG_CACHE_HOME: '/nowhere', CL_TENSORFLOW: 'cpu' });
  expect(status).toBe(1);
  expect(stderr).toBe('error: broken: TensorFlow\n');
  expect((JSON.parse(stdout) as { ok: boolean }).ok).toBe(false);
  expect(findingsOf(stdout)['TensorFlow']).toMatchObject({
    status: 'broken',
    found:
      'TensorFlow 2.21.0 (cpu) was expected in /nowhere/cl-train/tensorflow-2.21.0-cpu, but is missing or incomplete.',
  });
});

it('survives a library that does not load', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cl-doctor-'));
  mkdirSync(join(folder, 'tensorflow'));
  for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']) {
    writeFileSync(join(folder, 'tensorflow', name), 'not a library');
  }
  const { status, stdout } = doctor(['--json'], { CL_TENSORFLOW: folder });
  expect(status).toBe(1);
  expect(findingsOf(stdout)['Loading']).toMatchObject({ status: 'broken' });
  expect(findingsOf(stdout)['Loading']?.found).toContain('could not be loaded');
});

it('tells wrong use as the other programs do', () => {
  expect(doctor(['--jsn'])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: "error: unknown option '--jsn'\nhint: did you mean --json?\n",
  });
});
