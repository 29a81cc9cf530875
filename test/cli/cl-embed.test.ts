import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clEmbed, type Outcome, temporaryFolder } from './run-command.ts';

/** Standard error, which must be all that there is, and the exit code. */
function problem({ code, stdout, stderr }: Outcome): string {
  expect(stdout).toBe('');
  return `exit ${code}: ${stderr}`;
}

test('--help has every option, examples, and what happens to bad images', async () => {
  expect(await clEmbed(['--help'])).toMatchInlineSnapshot(`
    {
      "code": 0,
      "stderr": "",
      "stdout": "Usage: cl-embed [options]

    Writes the features of images into a table.

    Options:
      -V, --version        print the version
      -r, --run <dir>      run folder; its newest checkpoint is used
      --checkpoint <file>  checkpoint file in its run folder
      --weights <file>     a file of weights: an export, a checkpoint,
                           torchvision's, timm's, a PyTorch file
      -d, --data <path>    images: a folder, archive or other file (datasets.md),
                           instead of the run's, same as --set data.path=PATH
      -o, --output <file>  table to write: .npy, .npz, .parquet or .csv
      --split <names>      splits, with commas (default: train, which is all where
                           nothing is divided, and test where there is one)
      --features <kind>    the backbone's output, or the embedding that the
                           projector makes of it (choices: "backbone", "embedding",
                           default: "backbone")
      --normalize          divide each row by its length (L2), so that dot products
                           are cosine similarities
      --image <file>       one image instead of --data; repeatable; without --output
                           printed as JSON
      --overwrite          replace the table if it exists
      --set <key=value>    change a setting of the run's configuration, such as
                           precision=bfloat16; repeatable
      --device <name>      auto, cpu or gpu, same as --set device=NAME
      --json               print the result as JSON
      -q, --quiet          print results and errors only
      -v, --verbose        print details, and stacks of errors
      -h, --help           print this help

    A table has a row for each image: its name below the data, label and class where
    there are labels, split, index in the split, features. What was stopped (Ctrl-C,
    kill) goes on when the same command is run again; the bytes are the same. A bad
    image is a row of FILE.bad.csv and shifts no other.

    Examples:
      cl-embed --run runs/simclr --output features.parquet
      cl-embed --run runs/simclr --data FOLDER --output features.npy --normalize
      cl-embed --weights resnet50.safetensors --data FOLDER --split test --output features.csv
      cl-embed --run runs/simclr --image photo.jpg

    Exit codes: 0 done, 1 it failed, 2 wrong use or configuration, 130 stopped by
    Ctrl-C (143 SIGTERM, 129 SIGHUP, 138 SIGUSR1, 140 SIGUSR2).
    ",
    }
  `);
});

test('wrong use is exit code 2 and one message', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'sub.npy'));
  writeFileSync(join(folder, 'old.csv'), '');
  writeFileSync(join(folder, 'new.names.csv'), '');
  const told = async (...args: readonly string[]) => problem(await clEmbed(args, folder));
  expect([
    await told('--output', 'a.npy'),
    await told('--run', 'x', '--weights', 'y', '--output', 'a.npy'),
    await told('--run', 'x'),
    await told('--run', 'x', '--output', 'a.npy'),
    await told('--run', 'x', '--output', 'a.h5'),
    await told('--run', 'x', '--output', 'features'),
    await told('--run', 'x', '--output', 'sub.npy'),
    await told('--run', 'x', '--output', 'old.csv'),
    await told('--run', 'x', '--output', 'new.npy'),
    await told('--run', 'x', '--output', 'a.npy', '--features', 'projector'),
    await told('--run', 'x', '--image', 'a.jpg', '--data', 'b'),
    await told('--run', 'x', '--image', 'a.jpg'),
    await told('--run', 'x', '--image', 'sub.npy'),
    await told('--run', 'x', '--image', '/dev/zero'),
    await told('--weights', 'y', '--output', 'a.npy'),
    await told('--run', 'x', 'a.npy'),
  ]).toMatchInlineSnapshot(`
    [
      "exit 2: error: expected --run DIR, --checkpoint FILE or --weights FILE, got none
    hint: for example cl-embed --run runs/simclr --data FOLDER --output features.parquet
    ",
      "exit 2: error: option '--weights <file>' cannot be used with option '-r, --run <dir>'
    ",
      "exit 2: error: expected a table to write (--output FILE), got none
    hint: for example --output features.parquet
    ",
      "exit 2: error: --run: expected a run folder, got x, which is none
    ",
      "exit 2: error: --output: expected a file that ends in .npy, .npz, .parquet, .csv, got a.h5
    hint: The ending says the format: --output features.parquet
    ",
      "exit 2: error: --output: expected a file that ends in .npy, .npz, .parquet, .csv, got features, without an ending
    hint: The ending says the format: --output features.parquet
    ",
      "exit 2: error: --output: expected a file, got the folder sub.npy
    hint: Name a file in it: --output sub.npy/features.parquet
    ",
      "exit 2: error: --output: expected a new file, got old.csv, which exists
    hint: Choose another name, or replace it with --overwrite.
    ",
      "exit 2: error: --output: expected a new file, got new.names.csv, which exists
    hint: Choose another name, or replace it with --overwrite.
    ",
      "exit 2: error: --features: expected backbone or embedding, got projector
    ",
      "exit 2: error: option '--image <file>' cannot be used with option '-d, --data <path>'
    ",
      "exit 2: error: --image: expected an image file, got a.jpg, which does not exist
    ",
      "exit 2: error: --image: expected an image file, got the folder sub.npy
    hint: All images of a folder: --data sub.npy --output features.parquet
    ",
      "exit 2: error: --image: expected an image file, got /dev/zero, which is a pipe or device
    ",
      "exit 2: error: --weights: expected images with --data PATH or --image FILE, got neither
    hint: for example --data FOLDER
    ",
      "exit 2: error: too many arguments. Expected 0 arguments but got 1.
    hint: did you mean cl-embed --run x --output a.npy?
    ",
    ]
  `);
});
