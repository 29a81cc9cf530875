import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clData, inRepository, type Outcome, runNode, temporaryFolder } from './run-command.ts';

/** Standard error, which must be all that there is, and the exit code. */
function problem({ code, stdout, stderr }: Outcome): string {
  expect(stdout).toBe('');
  return `exit ${code}: ${stderr}`;
}

test('--help lists the subcommands, and each its options, without loading anything heavy', async () => {
  const trace = inRepository('test/cli/list-loaded.mjs');
  const bin = inRepository('bin/cl-data.js');
  for (const args of [['--help'], ['pack', '--help'], ['inspect', '--help'], ['preview', '--help']]) {
    const { code, stdout, stderr } = await runNode(['--import', trace, bin, ...args]);
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: cl-data ${args.length > 1 ? `${args[0]} [options]` : '[options] [command]'}`);
    expect(stderr).not.toMatch(/tensorflow|koffi|sharp|zod|yaml/);
    expect(stderr).toMatch(/commander/);
  }
});

test('pack --help lists every option', async () => {
  expect((await clData(['pack', '--help'])).stdout).toMatchInlineSnapshot(`
    "Usage: cl-data pack [options] [path] [out]

    Packs images, resized, into tar shards: read fast, by this tool and by
    WebDataset.

    Arguments:
      path                  images: a folder, archive or other file (datasets.md);
                            left out with --config
      out                   folder for the shards, new or of a pack that is to go on

    Options:
      --size <pixels>       short side to which larger images shrink (default: 256)
      --format <name>       jpeg, or raw pixels (PPM): exact, and larger (choices:
                            "jpeg", "raw", default: "jpeg")
      --quality <n>         of JPEG (default: 95)
      --shard-bytes <size>  most bytes of a shard (default: "500MB")
      --split <names>       splits to pack, with commas (default: train, and test
                            where there is one)
      --seed <n>            seed of the order inside the shards (default: 0)
      --no-shuffle          keep the order of the images, for sources that are slow
                            to read out of order
      --names               add a .json file to each image, with its name and class
      --verify              compare the checksums of all finished shards; with OUT
                            alone, nothing else
      -n, --dry-run         print how many images there are and about how large the
                            shards will be, and stop
      --json                print the result as JSON
      -c, --config <file>   experiment file (YAML), or the name of a preset, whose
                            images are meant
      --set <key=value>     change a setting, for example --set data.fraction=0.1;
                            repeatable, the last one wins
      -q, --quiet           print results and errors only
      -v, --verbose         print details, and stacks of errors
      -h, --help            print this help

    The shards are WebDataset's: 000001.jpg with 000001.cls, the number of its
    class. Classes' names, checksums and what was left out are in pack.json beside
    them. Large images shrink to --size, none grows; JPEG files that are small
    enough are copied. What was stopped (Ctrl-C, kill, a full disk) goes on when the
    same command is run again; the bytes are the same.

    Examples:
      cl-data pack imagenet imagenet-256 --dry-run
      cl-data pack imagenet imagenet-256
      cl-data pack cifar10 cifar10-raw --format raw
      cl-data pack --verify imagenet-256
      cl-train --config simclr-imagenet.yaml --data imagenet-256
    "
  `);
});

test('wrong use is exit code 2 and one message', async () => {
  expect(problem(await clData(['pak', 'x']))).toMatchInlineSnapshot(`
    "exit 2: error: unknown command 'pak'
    hint: did you mean cl-data pack x?
    "
  `);
  expect(problem(await clData(['pack']))).toMatchInlineSnapshot(`
    "exit 2: error: expected images (a path, or --config FILE), got neither
    hint: for example cl-data pack FOLDER OUT
    "
  `);
  expect(problem(await clData(['pack', 'x', 'y', '--dry-rum']))).toMatchInlineSnapshot(`
    "exit 2: error: unknown option '--dry-rum'
    hint: did you mean --dry-run?
    "
  `);
  expect(problem(await clData(['pack', 'x', 'y', '--set', 'data.frction=1']))).toMatchInlineSnapshot(`
    "exit 2: error: --set data.frction: expected a known setting, got "frction"; did you mean "fraction"?
    hint: every setting, its bounds and its meaning: cl-train --print-schema
    "
  `);
  expect(problem(await clData(['pack', 'y', '--config', 'simclar.yaml']))).toMatchInlineSnapshot(`
    "exit 2: error: --config: expected the name of a preset or a YAML file, got simclar.yaml, which is neither
    hint: did you mean simclr? cl-train --list shows all presets
    "
  `);
  expect(await clData([])).toMatchObject({ code: 2, stdout: '' });
});

test.each([
  [['pack', 'x', 'y', '--size', '0'], '--size: expected a whole number from 1 to 16384, got 0'],
  [['pack', 'x', 'y', '--quality', 'high'], '--quality: expected a whole number from 1 to 100, got high'],
  [['pack', 'x', 'y', '--seed', '-1'], '--seed: expected a whole number of at least 0, got -1'],
  [['pack', 'x', 'y', '--format', 'gif'], '--format: expected jpeg or raw, got gif'],
  [['pack', 'x', 'y', '--shard-bytes', '0'], '--shard-bytes: expected a size such as 500MB, got "0"'],
  [['inspect', 'x', '--sample='], '--sample: expected a whole number above 0, got nothing'],
  [['preview', 'x', '--epoch', '1.5'], '--epoch: expected a whole number of at least 0, got 1.5'],
  [['bench', 'x', '--seconds', '0'], '--seconds: expected more than 0 and at most 3600 seconds, such as 5, got 0'],
  [
    ['bench', 'x', '--seconds', 'soon'],
    '--seconds: expected more than 0 and at most 3600 seconds, such as 5, got soon',
  ],
])('%j names the option, what it takes and what it got', async (args, message) => {
  expect(problem(await clData(args))).toBe(`exit 2: error: ${message}\n`);
});

test('an option that stands for a setting is named by its own name where the setting is wrong', async () => {
  expect(problem(await clData(['preview', 'x', '--seed', 'x', '--set', 'device=gppu']))).toMatchInlineSnapshot(`
    "exit 2: error: 2 settings are wrong
      --seed: expected a number, got "x"
      --set device: expected one of "auto", "cpu", "gpu", got "gppu"; did you mean "gpu"?
    hint: every setting, its bounds and its meaning: cl-train --print-schema
    "
  `);
});

test('what is not known is told without the control characters that it holds', async () => {
  expect(problem(await clData(['pack', '--\u001b[31msize']))).toBe(
    "exit 2: error: unknown option '--?[31msize'\nhint: did you mean --size?\n",
  );
});

test('images come from a path, or from an experiment file with changes', async () => {
  const folder = temporaryFolder();
  for (const name of ['cat/0.png', 'cat/1.png', 'dog/0.png']) {
    mkdirSync(join(folder, 'images', name, '..'), { recursive: true });
    writeFileSync(join(folder, 'images', name), 'never read');
  }
  writeFileSync(join(folder, 'run.yaml'), 'data: {path: images}\nmethod: {name: moco}\n');
  const dryRun = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await clData(['pack', ...args, '--dry-run'], folder);
    return `${code} ${stdout || stderr}`.split('\n')[0] as string;
  };
  expect(await dryRun('images', 'out')).toContain('class folders: 3 images in 2 classes');
  expect(await dryRun('out', '--config', 'run.yaml')).toContain('class folders: 3 images in 2 classes');
  expect(await dryRun('out', '-c', 'run.yaml', '--set', 'data.classes=[cat]')).toContain('2 images in 1 class');
  expect(await dryRun('imags', 'out')).toContain('2 error: expected a folder or archive of images, got nothing at');
});
