import { expect, test } from 'vitest';
import { clEval, type Outcome } from './run-command.ts';

/** Standard error, which must be all that there is, and the exit code. */
function problem({ code, stdout, stderr }: Outcome): string {
  expect(stdout).toBe('');
  return `exit ${code}: ${stderr}`;
}

test('--help lists the evaluations, and an evaluation its options', async () => {
  expect(await clEval(['--help'])).toMatchInlineSnapshot(`
    {
      "code": 0,
      "stderr": "",
      "stdout": "Usage: cl-eval [options] [command]

    Measures what a pretrained encoder has learned.

    Options:
      -V, --version   print the version
      -h, --help      print this help

    Commands:
      knn             Votes of the nearest training images by cosine similarity of
                      their features.
      linear-probe    A linear classifier on frozen features.
      help [command]  display help for command

    Examples:
      cl-eval knn --run runs/simclr --set evaluate.knn.k=20
      cl-eval linear-probe --run runs/simclr --json > probe.json
      cl-eval knn --weights resnet50.safetensors --data FOLDER
    ",
    }
  `);
  expect(await clEval(['knn', '--help'])).toMatchInlineSnapshot(`
    {
      "code": 0,
      "stderr": "",
      "stdout": "Usage: cl-eval knn [options]

    Votes of the nearest training images by cosine similarity of their features.

    Options:
      -r, --run <dir>      run folder; its newest checkpoint is evaluated
      --checkpoint <file>  checkpoint file in its run folder
      --weights <file>     a file of weights, evaluated as it is: an export, a
                           checkpoint, torchvision's, timm's, a PyTorch file
      -c, --config <file>  with --weights: images and evaluation settings (YAML), or
                           a preset
      -d, --data <path>    images to use instead of the run's, same as --set
                           data.path=PATH
      --set <key=value>    change a setting of the run's configuration; repeatable
      --device <name>      auto, cpu or gpu, same as --set device=NAME
      -o, --output <file>  write the result as JSON to a file, which must not exist
                           yet
      --json               print the result as JSON
      -q, --quiet          print results and errors only
      -v, --verbose        print details, and stacks of errors
      -h, --help           print this help
    ",
    }
  `);
});

test('wrong use is exit code 2 and one message', async () => {
  expect(problem(await clEval(['kn', '--run', 'x']))).toMatchInlineSnapshot(`
    "exit 2: error: unknown command 'kn'
    hint: did you mean cl-eval knn --run x?
    "
  `);
  expect(problem(await clEval(['knn']))).toMatchInlineSnapshot(`
    "exit 2: error: expected --run DIR, --checkpoint FILE or --weights FILE, got none
    hint: for example cl-eval knn --run runs/simclr
    "
  `);
  expect(problem(await clEval(['linear-probe', '--run', 'a', '--checkpoint', 'b']))).toMatchInlineSnapshot(`
    "exit 2: error: option '-r, --run <dir>' cannot be used with option '--checkpoint <file>'
    "
  `);
  expect(problem(await clEval(['knn', '--run', 'a', '--set', 'k']))).toMatchInlineSnapshot(`
    "exit 2: error: --set: expected KEY=VALUE, got "k"
    hint: for example --set optimizer.learningRate=0.1
    "
  `);
  expect(await clEval([])).toMatchObject({ code: 2, stdout: '' });
});
