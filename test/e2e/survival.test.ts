import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { locateTensorflow, TENSORFLOW_LIBRARIES, TENSORFLOW_VERSION } from '../../src/util/tensorflow-folder.ts';
import { inRepository, type Outcome, runNode, temporaryFolder } from '../cli/run-command.ts';
import { patternPng, writeFiles } from '../data/temp-files.ts';
import { mayMount } from '../may-mount.ts';
import { checkpoints, metrics, runInShell, sets, TINY, train, writeExperiment } from './runs.ts';

/** A row of a table of docs/survival.md. */
interface Row {
  readonly what: string;
  readonly code: number;
  /** A pattern. */
  readonly message: string;
  readonly kept: string;
}

/** The rows of a section's table. */
function rowsOf(section: string): Row[] {
  const page = readFileSync(inRepository('docs/survival.md'), 'utf8');
  const [, text = ''] = page.split(`\n## ${section}\n`);
  const lines = (text.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) => {
    const [what = '', code, message = '', kept = ''] = line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1);
    return { what, code: Number(code), message: message.replaceAll('`', ''), kept };
  });
}

const PROGRAM = `"${process.execPath}" "${inRepository('bin/cl-train.js')}"`;

/** A run of 192 steps of 8 images that was stopped early; made once. */
let base: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'cl-survival-'));
  const names = Array.from(
    { length: 64 },
    (_, i) => `images/${i < 48 ? 'train' : 'test'}/${i % 2 ? 'cat' : 'dog'}/${i}.png`,
  );
  const files = await Promise.all(names.map(async (name, i) => [name, await patternPng(16, 16, i)] as const));
  writeFiles(base, Object.fromEntries(files));
  writeExperiment(base, 'data: {path: images, cache: "off"}\n', TINY.replace('epochs: 3', 'epochs: 32'));
  await train(base, ['-c', 'run.yaml', '-o', 'run', ...sets('checkpoint.everySteps=10')], {
    when: ['step-00000010', (pid) => process.kill(pid, 'SIGTERM')],
  });
});
afterAll(() => rmSync(base, { recursive: true }));

function copyOfBase(): string {
  const folder = temporaryFolder();
  cpSync(base, folder, { recursive: true });
  return folder;
}

function newestStep(run: string): number {
  return Number(/\d+/.exec(Object.keys(checkpoints(run)).at(-1) ?? '0')?.[0]);
}

/** Checks what a row says is kept, of the run in `folder`. */
function expectKept(kept: string, { stderr }: Outcome, folder: string, stepsBefore: number): void {
  const run = join(folder, 'run');
  if (kept.startsWith('nothing')) return void expect(existsSync(run)).toBe(false);
  if (kept === 'the last checkpoint') return void expect(newestStep(run)).toBe(stepsBefore);
  expect(kept).toMatch(/^all steps/);
  expect(newestStep(run)).toBeGreaterThan(stepsBefore);
  const told = / after (\d+) steps? in /.exec(stderr)?.[1];
  // The last step may be the one whose line could not be written.
  const steps =
    told ??
    metrics(run)
      .flatMap((record) => (record.type === 'step' ? [record.step] : []))
      .at(-1);
  expect(newestStep(run)).toBe(Number(steps));
}

function expectRow({ code, message, kept }: Row, outcome: Outcome, folder: string, stepsBefore: number): void {
  expect(outcome.stderr).toMatch(new RegExp(message));
  expect(outcome.stderr).not.toMatch(/Debugger|looks like a bug|^\s+at /m);
  // A process that a signal ended has no code of its own: shells give it this one.
  expect(outcome.code ?? 137).toBe(code);
  expectKept(kept, outcome, folder, stepsBefore);
}

/** What a run that did not finish says last, unless it was ended at once. */
const NEXT = 'go on with: cl-train --resume run\n';

/** The time limit of docs/survival.md, in which two steps are done on a machine that is not all too busy. */
const LIMIT = '30s';

describe('signals and time', () => {
  const stopAt = (text: string, act: (pid: number) => void) => async (folder: string) => {
    const args = ['--resume', 'run', ...sets('checkpoint.everySteps=10000')];
    return train(folder, args, { when: [text, act] });
  };
  const signal = (name: NodeJS.Signals) => stopAt(' done in ', (pid) => process.kill(pid, name));
  const scenarios: Readonly<Record<string, (folder: string) => Promise<Outcome>>> = {
    SIGINT: signal('SIGINT'),
    SIGTERM: signal('SIGTERM'),
    SIGHUP: signal('SIGHUP'),
    SIGUSR1: signal('SIGUSR1'),
    SIGUSR2: signal('SIGUSR2'),
    'a second signal': stopAt('going on after', (pid) => {
      // Both come while the graph is prepared for the first step.
      process.kill(pid, 'SIGTERM');
      setTimeout(() => process.kill(pid, 'SIGINT'), 400);
    }),
    'a signal before the first step': (folder) => {
      rmSync(join(folder, 'run'), { recursive: true });
      return train(folder, ['-c', 'run.yaml', '-o', 'run'], {
        when: ['recording the graph', (pid) => process.kill(pid, 'SIGTERM')],
      });
    },
    'the end of `--max-time`': (folder) => {
      const args = ['--resume', 'run', '--max-time', LIMIT];
      // It stands still until the time is over.
      const pause = (pid: number): void => {
        process.kill(pid, 'SIGSTOP');
        setTimeout(() => process.kill(pid, 'SIGCONT'), Number.parseInt(LIMIT, 10) * 1000);
      };
      return train(folder, args, { when: [' done in ', pause] });
    },
    'the end of `--max-time` before the first step': (folder) => {
      rmSync(join(folder, 'run'), { recursive: true });
      return train(folder, ['-c', 'run.yaml', '-o', 'run', '--max-time', '1s']);
    },
    '`kill -9`': stopAt(' done in ', (pid) => process.kill(pid, 'SIGKILL')),
  };
  // Begun at once, and awaited in its turn.
  const waiting = 'the end of `--max-time`';
  let waited: { readonly folder: string; readonly outcome: Promise<Outcome> };
  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), 'cl-survival-'));
    cpSync(base, folder, { recursive: true });
    waited = { folder, outcome: scenarios[waiting]?.(folder) as Promise<Outcome> };
    return async () => {
      await waited.outcome;
      rmSync(folder, { recursive: true });
    };
  });
  const rows = rowsOf('Signals and time');
  test('every row is tested', () => {
    expect(rows.map(({ what }) => what.split(',')[0])).toEqual(Object.keys(scenarios));
  });
  test.each(rows.map((row) => [row.what, row] as const))('%s', async (what, row) => {
    const key = what.split(',')[0] ?? '';
    const folder = key === waiting ? waited.folder : copyOfBase();
    const before = newestStep(join(base, 'run'));
    const outcome = await (key === waiting ? waited.outcome : scenarios[key]?.(folder));
    if (outcome === undefined) throw new Error('a row without a scenario');
    expectRow(row, outcome, folder, before);
    if (row.kept === 'all steps') expect(outcome.stderr).toContain(NEXT);
  });
});

describe.skipIf(!mayMount)('full disks (needs unshare --mount; skipped where it is not permitted)', () => {
  /** Goes on with the run, with a piece of shell before, in which `disk` is a small disk of so many kilobytes. */
  const onDisk =
    (kilobytes: number, before: string, after = '', more = '') =>
    (folder: string): Promise<Outcome> => {
      const script = `mkdir disk; mount -t tmpfs -o size=${kilobytes}k none disk || exit 99\n${before}\n${PROGRAM} --resume run ${more}\ncode=$?\n${after}\nexit $code\n`;
      writeFileSync(join(folder, 'script.sh'), script);
      return runInShell('exec unshare --map-root-user --mount bash script.sh', folder);
    };
  /** Puts a file of the run onto the small disk. */
  const move = (name: string): string =>
    `cp -r run/${name} disk/; rm -r run/${name}; ln -s ../disk/${name} run/${name}`;
  /** Brings it back, so that what is left can be looked at from outside. */
  const back = (name: string): string => `rm run/${name}; cp -r disk/${name} run/${name}`;
  const saving = (steps: number): string => `--set checkpoint.everySteps=${steps}`;
  const scenarios: Readonly<Record<string, (folder: string) => Promise<Outcome>>> = {
    'a checkpoint': onDisk(600, move('checkpoints'), back('checkpoints'), saving(10)),
    'the checkpoint at a signal': (folder) => {
      const script = onDisk(
        600,
        move('checkpoints'),
        back('checkpoints'),
        `${saving(10000)} & pid=$!
        until grep -q '"step":30,' run/metrics.jsonl; do sleep 0.1; done; kill -TERM $pid; wait $pid`,
      );
      return script(folder);
    },
    '`metrics.jsonl`': onDisk(32, move('metrics.jsonl'), back('metrics.jsonl')),
    '`log.jsonl`': onDisk(8, move('log.jsonl'), back('log.jsonl')),
    'the report': onDisk(4, 'cp run/report.json disk; rm run/report.json; ln -s ../disk/report.json run/report.json'),
    'standard error': onDisk(4, 'head -c 3000 /dev/zero > disk/err', '', '2>> disk/err'),
    'standard output': onDisk(4, 'yes > disk/out 2> /dev/null', '', '--set evaluate.knn.everyEpochs=32 >> disk/out'),
  };
  const rows = rowsOf('Full disks');
  test('every row is tested', () => {
    expect(rows.map(({ what }) => what)).toEqual(Object.keys(scenarios));
  });
  test.each(rows.map((row) => [row.what, row] as const))('%s', async (what, row) => {
    const folder = copyOfBase();
    const before = newestStep(join(folder, 'run'));
    const outcome = await (scenarios[what] as (folder: string) => Promise<Outcome>)(folder);
    expectRow(row, outcome, folder, before);
    if (row.code === 1 && !/report|output/.test(what)) expect(outcome.stderr).toContain(NEXT);
    if (what === 'standard error') {
      const log = readFileSync(join(folder, 'run/log.jsonl'), 'utf8');
      expect(log.split('\n').filter((line) => line.includes('standard error can no longer be written'))).toHaveLength(
        1,
      );
      expect(metrics(join(folder, 'run')).at(-1)).toMatchObject({ type: 'end', reason: 'finished' });
    }
  });
});

describe("images that can't be read", () => {
  /** Streams the images anew, takes them away amid training, and acts when the run says that they are gone. */
  const without = (minutes: number, act: (folder: string, pid: number) => void) => (folder: string) => {
    rmSync(join(folder, 'run'), { recursive: true });
    let [away, acted] = [false, false];
    const streamed = sets('data.memoryBudget=1kB', `data.retryMinutes=${minutes}`);
    return runNode([inRepository('bin/cl-train.js'), '-c', 'run.yaml', '-o', 'run', ...streamed], {
      cwd: folder,
      onOutput(stderr, pid) {
        if (!away && stderr.includes(' done in ')) {
          away = true;
          renameSync(join(folder, 'images'), join(folder, 'away'));
        }
        if (!acted && stderr.includes('for now')) {
          acted = true;
          act(folder, pid);
        }
      },
    });
  };
  const scenarios: Readonly<Record<string, (folder: string) => Promise<Outcome>>> = {
    'the images vanish, and come back': without(10, (folder) => {
      renameSync(join(folder, 'away'), join(folder, 'images'));
    }),
    'the images vanish for good': without(0.02, () => {}),
    'Ctrl-C while they are away': without(10, (_, pid) => process.kill(pid, 'SIGINT')),
  };
  const rows = rowsOf("Images that can't be read");
  test('every row is tested', () => {
    expect(rows.map(({ what }) => what)).toEqual(Object.keys(scenarios));
  });
  test.each(rows.map((row) => [row.what, row] as const))('%s', async (what, row) => {
    const folder = copyOfBase();
    const outcome = await (scenarios[what] as (folder: string) => Promise<Outcome>)(folder);
    expectRow(row, outcome, folder, 0);
    expect(outcome.stderr.match(/for now/g)).toHaveLength(1);
    if (row.code !== 0) expect(outcome.stderr).toContain(NEXT);
  });
});

describe('machine limits', () => {
  /** Starts a new run in a shell, after some of it; `env` stands before the command. */
  const start =
    (before: string, env = '') =>
    (folder: string): Promise<Outcome> => {
      rmSync(join(folder, 'run'), { recursive: true });
      return runInShell(`${before}\n${env} exec ${PROGRAM} -c run.yaml -o run`, folder);
    };
  const { folder: tensorflow } = locateTensorflow();
  const [library, framework] = TENSORFLOW_LIBRARIES;
  /** A TensorFlow whose library is what a piece of shell makes. */
  const withLibrary = (make: string) =>
    start(`mkdir tf; ln -s "${tensorflow}/${framework}" tf/; ${make} > tf/${library}`, 'CL_TENSORFLOW=tf');
  /** The fetched TensorFlow with a change. */
  const fetched = (change: string) =>
    start(
      `build="$PWD/cache/cl-train/tensorflow-${TENSORFLOW_VERSION}-cpu"; mkdir -p "$build/tensorflow"
      ln -s "${tensorflow}"/* "$build/tensorflow/"; cp manifest.json "$build/"; cd "$build"; ${change}; cd "$OLDPWD"`,
      'CL_TENSORFLOW=cpu XDG_CACHE_HOME="$PWD/cache"',
    );
  const scenarios: Readonly<Record<string, (folder: string) => Promise<Outcome>>> = {
    'open files': start('ulimit -n 64'),
    addresses: start('ulimit -v 3000000'),
    'the size of files': start('ulimit -f 10'),
    "TensorFlow's library, cut short": withLibrary(`head -c 1000000 "${tensorflow}/${library}"`),
    "TensorFlow's library, of which nothing is left": withLibrary(':'),
    "TensorFlow's library, overwritten": withLibrary('yes | head -c 1000000'),
    'another library in its place': withLibrary(`cat "${tensorflow}/${framework}"`),
    'a file of the fetched TensorFlow is missing': fetched(`rm tensorflow/${framework}`),
    'the list of its files, of another version': fetched(`sed -i 's/"${TENSORFLOW_VERSION}"/"2.9.0"/' manifest.json`),
    'the folder for temporary files, full': (folder) => {
      // With fonts the system has a configuration for them, else one is written.
      const script = `mkdir tmp; mount -t tmpfs -o size=4k none tmp; yes > tmp/full 2> /dev/null
      [ -d /etc/fonts ] && mount -t tmpfs none /etc/fonts
      rm -r run; exec ${PROGRAM} -c run.yaml -o run --epochs 6`;
      writeFileSync(join(folder, 'script.sh'), script);
      return runInShell('TMPDIR="$PWD/tmp" exec unshare --map-root-user --mount bash script.sh', folder);
    },
  };
  const rows = rowsOf('Machine limits');
  test('every row is tested', () => {
    expect(rows.map(({ what }) => what.split(':')[0])).toEqual(Object.keys(scenarios));
  });
  test.each(rows.map((row) => [row.what, row] as const))('%s', async (what, row) => {
    if (what.includes('temporary') && !mayMount) return;
    const folder = copyOfBase();
    const sizes = TENSORFLOW_LIBRARIES.map((name) => ({
      path: `tensorflow/${name}`,
      size: statSync(join(tensorflow, name)).size,
      sha256: '',
    }));
    const manifest = { version: TENSORFLOW_VERSION, variant: 'cpu', wheels: [], files: sizes };
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    const before = newestStep(join(folder, 'run'));
    const outcome = await (scenarios[what.split(':')[0] ?? ''] as (folder: string) => Promise<Outcome>)(folder);
    expectRow(row, outcome, folder, before);
    if (row.code !== 1) return;
    expect(outcome.stderr).toMatch(/(^|\n)error: .*\nhint: .*\n$/);
    // What a library lacks is found when it is loaded.
    if (!what.startsWith('another')) expect(outcome.stderr).toMatch(/^error:/);
  });
});
