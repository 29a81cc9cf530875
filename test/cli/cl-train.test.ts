import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { clTrain, inRepository, type Outcome, runNode, temporaryFolder } from './run-command.ts';

const EXPERIMENT = `data: {path: images}
method: {name: simclr, projector: {hidden: 8, out: 4}}
backbone: {width: 8, stem: cifar}
views: {size: 32}
schedule: {epochs: 4, batchSize: 2, warmupEpochs: 1}
`;

/** A folder with `run.yaml` and the given number of images in each of two classes. */
function experiment(count = 3, text = EXPERIMENT): string {
  const folder = temporaryFolder();
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAKklEQVR42mOot99PU8QwasGoBaMWjFowasGoBaMWjFowasGoBaMWDBULAGmI9EzWAfzUAAAAAElFTkSuQmCC',
    'base64',
  );
  for (const name of ['cat', 'dog']) {
    mkdirSync(join(folder, 'images', name), { recursive: true });
    for (let i = 0; i < count; i++) writeFileSync(join(folder, 'images', name, `${i}.png`), png);
  }
  writeFileSync(join(folder, 'run.yaml'), text);
  return folder;
}

/** Standard error, which must be all that there is, and the exit code. */
function problem({ code, stdout, stderr }: Outcome): string {
  expect(stdout).toBe('');
  return `exit ${code}: ${stderr}`;
}

test('--help lists every option and loads neither TensorFlow nor the configuration', async () => {
  const trace = inRepository('test/cli/list-loaded.mjs');
  const { code, stdout, stderr } = await runNode(['--import', trace, inRepository('bin/cl-train.js'), '--help']);
  expect(code).toBe(0);
  expect(stdout).toMatchInlineSnapshot(`
    "Usage: cl-train [options] [command] [preset] [data]

    Pretrains an image encoder by contrastive learning.

    Arguments:
      preset                 short for --config: the name of a preset, or an
                             experiment file
      data                   short for --data

    Options:
      -V, --version          print the version
      -c, --config <file>    experiment file (YAML), or the name of a preset; with
                             --resume DIR, that of the run folder when left out
      --set <key=value>      change a setting, for example --set views.size=64;
                             repeatable, the last one wins
      -d, --data <path>      images: a folder, archive or other file (datasets.md),
                             same as --set data.path=PATH
      -o, --output <dir>     run folder, same as --set output=DIR (default:
                             runs/<name of the config>)
      -r, --resume [dir]     go on with the run in its folder, exactly: everything
                             or an error; auto: start where there is none, go on
                             where there is, do nothing where it is finished
      --allow-change <keys>  settings that may differ from those of the run that
                             --resume goes on with, commas between; data.images:
                             other images
      --init <path>          begin a new run from the weights of a run folder or a
                             file, backbone alone, same as --set init=PATH
      --overwrite            delete what an earlier run left in the run folder, and
                             start anew
      --device <name>        auto, cpu or gpu, same as --set device=NAME
      --seed <n>             same as --set seed=N
      --epochs <n>           same as --set schedule.epochs=N
      --batch-size <n>       images, same as --set schedule.batchSize=N
      --lr <rate>            peak learning rate, for 256 images, same as --set
                             optimizer.learningRate=RATE
      --workers <n>          images decoded at a time, same as --set data.workers=N
      --max-time <duration>  stop in time, such as 11h50m: save, evaluate nothing,
                             exit with 75
      -n, --dry-run          print what would run (steps, learning rates,
                             parameters, memory) and stop
      --measure              with --dry-run: time a few real steps too, and say how
                             long the run would take
      --list                 print all presets, a line each, and stop
      --print-config         print the complete configuration as YAML and stop
      --print-schema         print the JSON Schema of configurations and stop
      -q, --quiet            print results and errors only
      -v, --verbose          print details, and stacks of errors
      -h, --help             print this help

    Commands:
      init [preset] [data]   writes an experiment file of a preset, to be changed
      completion <shell>     prints what a shell needs to complete command lines
      help [command]         display help for command

    Examples:
      cl-train quickstart
      cl-train simclr FOLDER --dry-run
      cl-train --config simclr.yaml --data FOLDER --lr 0.1 --set method.temperature=0.1 --output runs/rate-0.1
      cl-train moco FOLDER --init runs/rate-0.1
      cl-train --resume runs/rate-0.1
      cl-train simclr FOLDER --resume auto

    Exit codes: 0 done, 1 the run failed, 2 wrong use or configuration, 130 stopped
    by Ctrl-C (143 SIGTERM, 129 SIGHUP, 138 SIGUSR1, 140 SIGUSR2), and saved, 75
    stopped by --max-time and saved: go on by --resume.
    "
  `);
  expect(stderr).not.toMatch(/tensorflow|koffi|sharp|zod|yaml/);
  expect(stderr).toMatch(/commander/);
});

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8')) as { version: string };
  expect(await clTrain(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('wrong use is exit code 2 and one message', async () => {
  expect(problem(await clTrain([]))).toMatchInlineSnapshot(`
    "exit 2: error: expected the name of a preset or --config FILE, got nothing
    hint: for example cl-train quickstart, which has its images with it; cl-train --list shows all presets
    "
  `);
  expect(problem(await clTrain(['--confg', 'x']))).toMatchInlineSnapshot(`
    "exit 2: error: unknown option '--confg'
    hint: did you mean --config x?
    "
  `);
  expect(problem(await clTrain(['--config']))).toMatchInlineSnapshot(`
    "exit 2: error: option '-c, --config <file>' argument missing
    "
  `);
  expect(problem(await clTrain(['extra', '--config', 'configs/quickstart.yaml']))).toMatchInlineSnapshot(`
    "exit 2: error: expected no more words beside --config configs/quickstart.yaml, got extra
    hint: leave the words out, or --config
    "
  `);
  expect(problem(await clTrain(['--quiet', '--verbose']))).toMatchInlineSnapshot(`
    "exit 2: error: option '-q, --quiet' cannot be used with option '-v, --verbose'
    "
  `);
  expect(problem(await clTrain(['--resume', '--overwrite', '-c', 'x']))).toMatchInlineSnapshot(`
    "exit 2: error: option '-r, --resume [dir]' cannot be used with option '--overwrite'
    "
  `);
  expect(problem(await clTrain(['--config', 'configs/simclar.yaml']))).toMatchInlineSnapshot(`
    "exit 2: error: --config: expected a YAML file, got configs/simclar.yaml, which does not exist
    hint: did you mean configs/simclr.yaml?
    "
  `);
  expect(problem(await clTrain(['--resume', 'runs/none']))).toMatchInlineSnapshot(`
    "exit 2: error: --resume: expected a run folder with config.yaml, got runs/none
    "
  `);
});

test('wrong settings come with file, line and column, or with the option', async () => {
  const folder = experiment(3, EXPERIMENT.replace('width', 'widht').replace('size: 32', 'size: big'));
  const outcome = await clTrain(
    ['-c', 'run.yaml', '--set', 'method.temperatur=1', '--seed', 'x', '--device', 'gppu'],
    folder,
  );
  expect(problem(outcome)).toMatchInlineSnapshot(`
    "exit 2: error: 5 settings are wrong
      run.yaml:3:12 backbone.widht: expected a known setting, got "widht"; did you mean "width"?
      run.yaml:4:15 views.size: expected a number, got "big"
      --seed: expected a number, got "x"
      --set method.temperatur: expected a known setting, got "temperatur"; did you mean "temperature"?
      --device: expected one of "auto", "cpu", "gpu", got "gppu"; did you mean "gpu"?
    hint: every setting, its bounds and its meaning: cl-train --print-schema
    "
  `);
});

test('--print-config prints what --set, the file and the defaults come to, and reads back', async () => {
  const folder = experiment();
  const args = ['--set', 'seed=1', '--seed', '2', '--epochs', '7', '--output', 'elsewhere', '--data', 'here'];
  const { code, stdout } = await clTrain(['-c', 'run.yaml', ...args, '--print-config'], folder);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^seed: 2\noutput: elsewhere\n/);
  expect(stdout).toContain(`path: ${join(folder, 'here')}\n`);
  expect(stdout).toContain('epochs: 7\n');
  writeFileSync(join(folder, 'again.yaml'), stdout);
  expect((await clTrain(['-c', 'again.yaml', '--print-config'], folder)).stdout).toBe(stdout);
});

test('--resume DIR takes the configuration and the output from the run folder', async () => {
  const folder = experiment();
  mkdirSync(join(folder, 'moved'));
  copyFileSync(join(folder, 'run.yaml'), join(folder, 'moved', 'config.yaml'));
  const { stdout } = await clTrain(['--resume', 'moved', '--print-config'], folder);
  expect(stdout).toMatch(/^output: moved$/m);
  expect(stdout).toMatch(/^ {2}batchSize: 2$/m);
});

test('--print-schema prints the committed schema', async () => {
  const { stdout } = await clTrain(['--print-schema']);
  expect(stdout).toBe(readFileSync(inRepository('configs/schema.json'), 'utf8'));
});

test('a preset is found by its name, unless a file of that name is there', async () => {
  const folder = experiment();
  const epochsOf = async (name: string): Promise<string | undefined> =>
    (await clTrain(['-c', name, '--data', 'images', '--print-config'], folder)).stdout.match(/epochs: .*/)?.[0];
  expect(await epochsOf('quickstart.yaml')).toBe('epochs: 8');
  expect(await epochsOf('quickstart')).toBe('epochs: 8');
  copyFileSync(join(folder, 'run.yaml'), join(folder, 'quickstart.yaml'));
  expect(await epochsOf('quickstart.yaml')).toBe('epochs: 4');
});

test('--dry-run prints the whole plan without TensorFlow, and writes nothing', async () => {
  const folder = experiment(5);
  const trace = inRepository('test/cli/list-loaded.mjs');
  const args = ['-c', 'run.yaml', '--dry-run', '--set', 'views.second.solarize.probability=0.2'];
  const outcome = await runNode(['--import', trace, inRepository('bin/cl-train.js'), ...args], { cwd: folder });
  expect(outcome.code).toBe(0);
  expect(outcome.stderr).toMatch(/zod/);
  expect(outcome.stderr).not.toMatch(/libtensorflow|@tensorflow/);
  expect(outcome.stdout.replaceAll(folder, 'FOLDER')).toMatchInlineSnapshot(`
    "data           FOLDER/images
                   class folders: 10 images in 2 classes, no test images
                   in memory
    views          2 of 32 x 32 px
                   first: crop 0.08-1 of the area (bilinear), flip 0.5, jitter 0.4/0.4/0.4/0.1 @0.8, grey 0.2
                   second: crop 0.08-1 of the area (bilinear), flip 0.5, jitter 0.4/0.4/0.4/0.1 @0.8, grey 0.2, solarize 0.5 @0.2
    backbone       resnet18, cifar stem, width 8: 175,752 parameters, 64 features
    heads          64-8-4: 564 parameters
    method         simclr, temperature 0.2, chance loss 1.0986
    batch          2 images, 4 views
    steps          20 = 5 x 4 epochs
                   sgd, learning rate 0.0004687 (0.06 x 2/256), warm-up until step 5, then a cosine
                   at 0 %: 0.00009375, warm: 0.0004687, 25 %: 0.0004687, 50 %: 0.0003361, 75 %: 0.0001327, 100 %: 0
    duration       not measured: --dry-run --measure times a few real steps
    memory         about 6.22 MB besides TensorFlow's workspaces
                   2.12 MB: weights, their gradients, and what optimizer and method keep
                   4.06 MB: activations of 4 views kept for the backward pass, float32
                   30.7 kB: decoded images
    device         auto, float32
    run folder     runs/run
    warnings       no evaluation: there are no test images; --set evaluate.holdout=0.1 holds a tenth of the training images out for it
    "
  `);
  mkdirSync(join(folder, 'runs', 'run'), { recursive: true });
  writeFileSync(join(folder, 'runs', 'run', 'config.yaml'), '');
  expect((await clTrain(args, folder)).stdout).toMatch(
    /^run folder {5}runs\/run, which holds a run\n(.*\n)*.*--overwrite/m,
  );
});

test('--dry-run names the recipe of the views, and the settings that differ from it', async () => {
  const args = ['--dry-run', '--set', 'views.recipe=byol-cifar', '--set', 'views.grey=0.1'];
  const { stdout } = await clTrain(['-c', 'run.yaml', ...args], experiment(5));
  expect(stdout.slice(stdout.indexOf('views '), stdout.indexOf('backbone '))).toMatchInlineSnapshot(`
    "views          2 of 32 x 32 px, recipe byol-cifar, but grey
                   first: crop 0.08-1 of the area (bicubic), flip 0.5, jitter 0.4/0.4/0.2/0.1 @0.8, grey 0.1
                   second: crop 0.08-1 of the area (bicubic), flip 0.5, jitter 0.4/0.4/0.2/0.1 @0.8, grey 0.1, solarize 0.5 @0.2
    "
  `);
});

test('--dry-run ends with warnings of settings that are known to disappoint, and refuses those that cannot work', async () => {
  const folder = experiment(3);
  const dryRun = (...sets: string[]) =>
    clTrain(['-c', 'run.yaml', '--dry-run', ...sets.flatMap((set) => ['--set', set])], folder);
  const { stdout, code } = await dryRun(
    'optimizer={name: adam, learningRate: 0.3, scaling: none}',
    'method.temperature=5',
  );
  expect(code).toBe(0);
  expect(stdout.slice(stdout.indexOf('warnings'))).toMatchInlineSnapshot(`
    "warnings       optimizer.learningRate: a peak of 0.3 is of the size of LARS or SGD; with adam the features collapse or the loss diverges above 0.003; usual: 3e-4
                   method.temperature: 5 is so high that all negatives count alike; usual: 0.1 on ImageNet, 0.2 to 0.5 on CIFAR
                   no evaluation: there are no test images; --set evaluate.holdout=0.1 holds a tenth of the training images out for it
    "
  `);
  const moco = '{name: moco, queueSize: 1, batchNormGroups: 2, emaDecay: {start: 0}}';
  expect(problem(await dryRun(`method=${moco}`))).toMatchInlineSnapshot(`
    "exit 2: error: 3 settings cannot work
      method.emaDecay: at 0 the target network is the online one, and training fails; usual: 0.999 with 65536 keys, 0.99 with 4096
      method.queueSize: a step brings 2 keys, more than the 1 of the queue; at least: 2
      method.batchNormGroups: 2 groups leave BatchNorm one image each, which normalises to 0; usual: 8 groups of a batch of 512
    "
  `);
});

test('--dry-run knows a vision transformer, and refuses views that its patches do not fill', async () => {
  const folder = experiment(5, EXPERIMENT.replace('{width: 8, stem: cifar}', '{name: vit-tiny-16}'));
  const { stdout } = await clTrain(['-c', 'run.yaml', '--dry-run'], folder);
  expect(stdout).toMatch(/^backbone {7}vit-tiny-16: 5,338,944 parameters, 192 features$/m);
  const learnt = ['--set', 'backbone.positions=learned', '--set', 'backbone.heads=6'];
  expect((await clTrain(['-c', 'run.yaml', '--dry-run', ...learnt], folder)).stdout).toMatch(
    /^backbone {7}vit-tiny-16, 6 heads, learned positions: 5,339,904 parameters, 192 features$/m,
  );
  const outcome = await clTrain(['-c', 'run.yaml', '--dry-run', '--set', 'views.size=28'], folder);
  expect(problem(outcome)).toMatchInlineSnapshot(`
    "exit 2: error: Expected views whose size is a multiple of 16, got 28 x 28 px.
    hint: Set the size of views to a multiple of 16, such as 32, 96 or 224, or choose a ResNet.
    "
  `);
});

test('--dry-run shows the small views, and counts them', async () => {
  const args = ['--dry-run', '--set', 'views.small={count: 3, size: 16, crop: {area: [0.1, 0.4]}}'];
  const { stdout } = await clTrain(['-c', 'run.yaml', ...args], experiment(5));
  const lines = stdout
    .split('\n')
    .filter((line) => line.includes(' px') || line.includes('views') || /chance/.test(line));
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "views          2 of 32 x 32 px: crop 0.08-1 of the area (bilinear), flip 0.5, jitter 0.4/0.4/0.4/0.1 @0.8, grey 0.2
                   3 of 16 x 16 px: crop 0.1-0.4 of the area (bilinear), flip 0.5, jitter 0.4/0.4/0.4/0.1 @0.8, grey 0.2
    method         simclr, temperature 0.2, chance loss 0.8109
    batch          2 images, 10 views
                   5.59 MB: activations of 10 views kept for the backward pass, float32"
  `);
});

test('--dry-run announces what the run will not evaluate', async () => {
  const folder = experiment(2);
  const image = (path: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(join(folder, 'images', 'cat', '0.png'), join(folder, path));
  };
  const warnings = async (data: string, ...args: string[]): Promise<string> => {
    const { stdout, stderr, code } = await clTrain(['-c', 'run.yaml', '--dry-run', '--data', data, ...args], folder);
    const at = stdout.indexOf('warnings ');
    return code === 0 ? (at === -1 ? '' : stdout.slice(at).replaceAll(/^\S* +/gm, '')) : stderr;
  };
  for (const split of ['train', 'test']) for (const name of ['cat', 'dog']) image(`two/${split}/${name}/0.png`);
  for (const name of ['cat', 'dog']) image(`two/train/${name}/1.png`);
  expect(await warnings('two')).toBe('');
  expect(await warnings('two', '--set', 'data.classes=[cat]')).toBe(
    'no evaluation: all training images are of one class (cat)\n',
  );
  for (const name of ['a', 'b']) image(`flat/${name}.png`);
  expect(await warnings('flat')).toBe('no evaluation: the images have no labels\n');
  for (const split of ['train', 'test']) for (const name of ['cat', 'dog']) image(`few/${split}/${name}/0.png`);
  expect(await warnings('few')).toBe(
    'no linear probe: each class has one training image, so that none is left to choose the penalty on\n',
  );
  expect(await warnings('few', '--set', 'evaluate.linearProbe=false')).toBe('');
  image('few/train/cat/1.png');
  expect(await warnings('few')).toBe('');
  image('few/test/eel/0.png');
  expect(await warnings('few')).toMatch(/^error: expected classes of the training images, got another, "eel"/);
});

test('--dry-run tells what is wrong with the data', async () => {
  const folder = experiment(3);
  const dryRun = async (...args: string[]) =>
    problem(await clTrain(['-c', 'run.yaml', '--dry-run', ...args], folder)).replaceAll(folder, 'FOLDER');
  expect(await dryRun('--set', 'schedule.batchSize=7')).toMatchInlineSnapshot(`
    "exit 2: error: schedule.batchSize: expected at most the 6 training images, got 7
    hint: --set schedule.batchSize=4
    "
  `);
  expect(await dryRun('--data', 'imagse')).toMatchInlineSnapshot(`
    "exit 2: error: expected a folder or archive of images, got nothing at FOLDER/imagse
    hint: Did you mean FOLDER/images?
    "
  `);
  mkdirSync(join(folder, 'empty'));
  expect(await dryRun('--data', 'empty')).toMatchInlineSnapshot(`
    "exit 2: error: expected images (.jpg .jpeg .png .webp .ppm), got no files in FOLDER/empty
    hint: It holds no files: unpack or mount the images first, or name another folder.
    "
  `);
  expect(await dryRun('--data', 'run.yaml')).toMatchInlineSnapshot(`
    "exit 2: error: expected a folder of images, an archive (.tar, .tar.gz, .tgz, .zip) or a file of a known format, got another: FOLDER/run.yaml
    hint: Name the folder that holds the images; datasets.md lists the formats.
    "
  `);
  expect(await dryRun('--set', 'data.test=nothing')).toMatchInlineSnapshot(`
    "exit 2: error: expected images in nothing (data.test), got none in FOLDER/images
    hint: It has cat, dog.
    "
  `);
});

test('what --resume auto and --allow-change lack is told', async () => {
  const told = async (...args: string[]) => problem(await clTrain(args, experiment(2)));
  expect(await told('--resume', 'auto')).toMatchInlineSnapshot(`
    "exit 2: error: --resume auto: expected --config FILE, which a run that is not there yet starts by, got none
    hint: for example cl-train quickstart --output runs/a --resume auto; a folder of that name is ./auto
    "
  `);
  expect(await told('-c', 'run.yaml', '--allow-change', 'seed')).toMatchInlineSnapshot(`
    "exit 2: error: --allow-change: expected --resume, which it is for, got none
    hint: to go on with a run: cl-train --resume DIR --allow-change seed
    "
  `);
  expect(await told('-c', 'run.yaml', '--resume', '--allow-change', 'seed,data.image')).toMatchInlineSnapshot(`
    "exit 2: error: --allow-change: expected names of settings, such as optimizer.learningRate, got "data.image"
    hint: did you mean data.images?
    "
  `);
});
