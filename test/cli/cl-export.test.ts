import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clExport, type Outcome, temporaryFolder } from './run-command.ts';

/** Standard error, which must be all that there is, and the exit code. */
function problem({ code, stdout, stderr }: Outcome): string {
  expect(stdout).toBe('');
  return `exit ${code}: ${stderr}`;
}

test('--help lists formats, options and examples', async () => {
  expect(await clExport(['--help'])).toMatchInlineSnapshot(`
    {
      "code": 0,
      "stderr": "",
      "stdout": "Usage: cl-export [options]

    Exports a pretrained encoder to the formats of other tools.

    Options:
      -V, --version           print the version
      -r, --run <dir>         run folder
      --checkpoint <which>    last (default), best (by the kNN that the run
                              recorded), or a checkpoint file
      -f, --format <formats>  torchvision, timm, onnx, savedmodel or tfjs; several
                              with commas between them
      -o, --output <dir>      folder to write, new or empty
      --part <name>           the features of the backbone, or the embedding of the
                              projector (choices: "backbone", "projector", default:
                              "backbone")
      --features <form>       one row for each image, or the maps of four stages for
                              detectors (choices: "pooled", "pyramid", default:
                              "pooled")
      --input <form>          what graphs take: uint8 images (default), or floats
                              that are normalised (choices: "images", "normalized")
      --overwrite             replace the export that is in the folder
      -d, --data <path>       the run's images, where they lie now, same as --set
                              data.path=PATH
      --verify <dir>          run the files of an export again and compare their
                              features
      --json                  print the result as JSON
      -q, --quiet             print results and errors only
      -v, --verbose           print details, and stacks of errors
      -h, --help              print this help

    Formats: torchvision and timm (PyTorch, safetensors), onnx, savedmodel
    (TensorFlow), tfjs (browsers). With each come a model card (README.md) and 8
    images with their features, which --verify runs again.

    Examples:
      cl-export --run runs/simclr --format torchvision --output exports/simclr
      cl-export --run runs/simclr --checkpoint best --format onnx,tfjs --output exports/web
      cl-export --run runs/simclr --format torchvision,onnx --features pyramid --output exports/detector
      cl-export --verify exports/web

    Exit codes: 0 done, 1 it failed or the verification did, 2 wrong use or
    configuration, 130 stopped by Ctrl-C (143 SIGTERM, 129 SIGHUP, 138 SIGUSR1, 140
    SIGUSR2).
    ",
    }
  `);
});

test('wrong use is exit code 2 and one message with what would work', async () => {
  expect(problem(await clExport([]))).toMatchInlineSnapshot(`
    "exit 2: error: expected --run DIR, --format FORMAT, --output DIR, got nothing
    hint: for example cl-export --run runs/simclr --format torchvision --output exports/simclr
    "
  `);
  expect(problem(await clExport(['--run', 'a', '--output', 'b']))).toMatchInlineSnapshot(`
    "exit 2: error: expected --format FORMAT, got nothing
    hint: for example cl-export --run a --format torchvision --output b
    "
  `);
  expect(
    problem(await clExport(['--run', 'a', '--output', 'b', '--format', 'onnx,torchvison'])),
  ).toMatchInlineSnapshot(`
    "exit 2: error: --format: expected torchvision, timm, onnx, savedmodel or tfjs, got torchvison
    hint: did you mean torchvision?
    "
  `);
  expect(problem(await clExport(['--run', 'a', '--output', 'b', '--format', 'pickle']))).toMatchInlineSnapshot(`
    "exit 2: error: --format: expected torchvision, timm, onnx, savedmodel or tfjs, got pickle
    "
  `);
  expect(problem(await clExport(['--run', 'a', '-o', 'b', '-f', 'timm', '--part', 'head']))).toMatchInlineSnapshot(`
    "exit 2: error: --part: expected backbone or projector, got head
    "
  `);
  expect(problem(await clExport(['--run', 'a', '-o', 'b', '-f', 'timm', '--input', 'images']))).toMatchInlineSnapshot(`
    "exit 2: error: --input: expected a format that is a graph (onnx, savedmodel, tfjs), got timm
    hint: Files of weights take what the card says: leave --input out.
    "
  `);
  expect(problem(await clExport(['--run', 'a', '--verify', 'b']))).toMatchInlineSnapshot(`
    "exit 2: error: option '--verify <dir>' cannot be used with option '-r, --run <dir>'
    "
  `);
});

test('a missing run, checkpoint or export is exit code 2', async () => {
  const folder = temporaryFolder();
  const export_ = (...args: string[]) => clExport([...args, '-o', 'new', '-f', 'timm'], folder);
  expect(problem(await export_('--run', 'none'))).toMatchInlineSnapshot(`
    "exit 2: error: --run: expected a run folder, got none, which is none
    "
  `);
  expect(problem(await export_('--checkpoint', 'best'))).toMatchInlineSnapshot(`
    "exit 2: error: expected --run DIR or --checkpoint FILE, got neither
    hint: for example cl-export --run runs/simclr --format torchvision --output exports/simclr
    "
  `);
  expect(
    problem(await export_('--checkpoint', 'none.safetensors')).replaceAll(folder, 'FOLDER'),
  ).toMatchInlineSnapshot(`
    "exit 2: error: --checkpoint: expected last, best or a file, got none.safetensors, which does not exist
    hint: The checkpoints of a run: ls DIR/checkpoints
    "
  `);
  expect(problem(await clExport(['--verify', 'none', '--quiet'], folder))).toMatchInlineSnapshot(`
    "exit 2: error: --verify: expected the folder of an export, with export.json in it, got none
    hint: cl-export --run DIR --format torchvision --output DIR makes one.
    "
  `);
  mkdirSync(join(folder, 'run/exports'), { recursive: true });
  writeFileSync(join(folder, 'run/exports/export.json'), '{}');
  expect(problem(await clExport(['--verify', 'run/', '--quiet'], folder))).toMatchInlineSnapshot(`
    "exit 2: error: --verify: expected the folder of an export, with export.json in it, got run/
    hint: That of a run lies in it: cl-export --verify run/exports
    "
  `);
});
