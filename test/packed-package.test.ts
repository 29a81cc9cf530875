import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NAMING_PRESETS } from './cli/mistakes/naming-presets.ts';
import { makePlayground, type } from './cli/mistakes/playground.ts';
import { ROOT } from './source-files.ts';

const run = promisify(execFile);
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const NAME: string = manifest.name;
const PROGRAMS = Object.keys(manifest.bin);

/** A new project with the packed package in it, and beside it what it declares as dependencies, and nothing else. */
let project = '';

/** A folder of it with programs as `npm install --global` puts them on the path: messages name them without npx. */
const GLOBAL = 'bin';

/** Links a package of the repository into the project, as npm would install it. */
function linkPackage(name: string): void {
  const place = join(project, 'node_modules', name);
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(realpathSync(join(ROOT, 'node_modules', name)), place);
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'packed-'));
  const options = { cwd: ROOT, encoding: 'utf8' } as const;
  const packing = ['pack', '--ignore-scripts', '--json', '--pack-destination', project];
  const [{ filename }] = JSON.parse(execFileSync('npm', packing, options)) as [{ filename: string }];
  const installed = join(project, 'node_modules', NAME);
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(project, filename), '--strip-components=1', '-C', installed]);
  for (const name of Object.keys(manifest.dependencies)) linkPackage(name);
  for (const programs of [join(project, 'node_modules/.bin'), join(project, GLOBAL)]) {
    mkdirSync(programs);
    for (const [name, path] of Object.entries<string>(manifest.bin)) {
      symlinkSync(relative(programs, join(installed, path)), join(programs, name));
    }
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }\n');
});

afterAll(() => rmSync(project, { recursive: true }));

/** Runs a program of the project by its name, found on the path. */
const runProgram = (name: string, ...args: readonly string[]) =>
  run(name, args, {
    cwd: project,
    env: { ...process.env, PATH: [join(project, 'node_modules/.bin'), process.env['PATH']].join(delimiter) },
  });

describe('the packed package in an empty project', () => {
  it.each(PROGRAMS)('has %s on the path', async (name) => {
    expect((await runProgram(name, '--help')).stdout).toContain(`Usage: npx ${name}`);
    expect((await runProgram(name, '--version')).stdout).toBe(`${manifest.version}\n`);
  });

  it('has the presets and the bundled images', async () => {
    const { stdout } = await runProgram('cl-train', '--config', 'quickstart.yaml', '--dry-run');
    expect(stdout).toContain('5,000 images');
  });

  it('finds presets by name, with images of the project', async () => {
    const images = join(ROOT, 'data/cifar10-mini.tar.gz');
    const short = await runProgram('cl-train', 'simclr', images, '--dry-run');
    const long = await runProgram('cl-train', '--config', 'simclr', '--data', images, '--dry-run');
    expect(short.stdout).toContain('5,000 images');
    expect(long.stdout).toBe(short.stdout);
  });

  it('writes an experiment whose schema an editor finds, also when the project has moved', async () => {
    const { stderr } = await runProgram('cl-train', 'init', 'moco', 'photos');
    expect(stderr).toContain('next: npx cl-train moco.yaml --dry-run\n');
    const [first = ''] = readFileSync(join(project, 'moco.yaml'), 'utf8').split('\n');
    expect(first).toBe(`# yaml-language-server: $schema=./node_modules/${NAME}/configs/schema.json`);
    const schema = JSON.parse(readFileSync(join(project, first.replace(/.*=/, '')), 'utf8'));
    expect(Object.keys(schema.properties)).toContain('optimizer');
  });

  it('completes in Bash, which finds the programs of the project by their files', async () => {
    const { stdout: script } = await runProgram('cl-train', 'completion', 'bash');
    writeFileSync(join(project, 'completion.bash'), script);
    const line = './node_modules/.bin/cl-export --format tor';
    // Bash calls the function while a key is pressed, and so do we, without its options.
    const key = `compopt() { :; }; COMP_LINE='${line}'; COMP_POINT=${line.length}`;
    const show = '_cl_train_complete; printf "%s\\n" "$COMPREPLY"; complete -p cl-doctor';
    const typed = `source completion.bash; ${key}; ${show}`;
    const { stdout } = await run('bash', ['--norc', '-c', typed], { cwd: project });
    expect(stdout).toBe('torchvision\ncomplete -o default -F _cl_train_complete cl-doctor\n');
  });

  it('answers mistakes as a clone does', async () => {
    const folder = makePlayground();
    const limit = pLimit(8);
    const answer = async (command: string, lines: number): Promise<string[]> => {
      const { code, stderr } = await type(command, folder, join(project, GLOBAL));
      return [command, String(code), ...stderr.split('\n').slice(0, lines)];
    };
    const answers = NAMING_PRESETS.map(({ command, says }) => limit(() => answer(command, says.length)));
    const expected = NAMING_PRESETS.map(({ command, code = 2, says }) => [command, String(code), ...says]);
    expect(await Promise.all(answers)).toEqual(expected);
    rmSync(folder, { recursive: true });
  });

  it('computes, imported by its name', async () => {
    const script = `
      import { float32, runOnce, tf } from '${NAME}';
      const { value } = await runOnce(({ x }) => tf.mul(x, 2), { x: float32([1, 2], [2]) });
      process.stdout.write([...value.data].join());`;
    writeFileSync(join(project, 'compute.js'), script);
    expect((await run(process.execPath, ['compute.js'], { cwd: project })).stdout).toBe('2,4');
  });
});

/** A user's program: one import of every kind of export, and values of the types that it promises. */
const PROGRAM = `
import {
  createBackbone, createMethod, createProgram, type FeatureTable, float32, type HostTensor, knn, type Layer, linear,
  loadEncoder, matchBackbone, type Method, ntXent, ops, type Program, readWeights, recordEncoderGraph, runOnce,
  tableFiles, type Tensor, tf, torchTensors, UserError,
} from '${NAME}';

const backbone = createBackbone('resnet18', { stem: 'cifar', width: 8, zeroInitResidual: false, init: 'he-fan-out' });
const size: number = backbone.featureSize;
const layer: Layer = linear(size, 2, { bias: true });
const loss = (a: Tensor, b: Tensor): Tensor => tf.add(ntXent([a, b], 0.5), tf.mean(ops.relu(tf.sub(a, 1))));
const { value } = await runOnce(({ a, b }) => loss(a as Tensor, b as Tensor), { a: [[1, 0]], b: [[0, 1]] });
const encoder = await loadEncoder({ run: 'runs/simclr', settings: { device: 'cpu' } });
const features: Float32Array = await encoder.embed(['a.jpg', new Uint8Array(1)]);
const file = await readWeights('resnet50.pth');
const settings = { name: 'vit-tiny-16', positions: 'learned', heads: 'auto' } as const;
const { variables } = createBackbone('vit-tiny-16', settings).layer;
const found = matchBackbone(file, { settings, variables, size: 224 });
const tensors = torchTensors('timm', { backbone: settings, size: 224, tensors: found.tensors });
const files = (table: FeatureTable) => tableFiles('features.parquet', table);
const read: HostTensor | undefined = value;
const program: Program | undefined = undefined;
// @ts-expect-error A tensor is no number, so the types are there.
const wrong: number = loss;
export type { Method };
export { createMethod, createProgram, features, files, float32, knn, layer, program, read, recordEncoderGraph, tensors };
export { UserError, wrong };
`;

/** What a project may be compiled with, beside \`strict\`; the library's types need those of no other package. */
const COMPILERS: readonly (readonly [name: string, options: Readonly<Record<string, unknown>>])[] = [
  ['nodenext', { module: 'nodenext' }],
  ['nodenext and exact optional properties', { module: 'nodenext', exactOptionalPropertyTypes: true }],
  ['a bundler', { module: 'esnext', moduleResolution: 'bundler' }],
  ['the types of browsers and Node', { module: 'nodenext', lib: ['es2022', 'dom', 'dom.iterable'], types: ['node'] }],
];

describe('its types', () => {
  it.each(COMPILERS)('hold under strict, and checked as a library, with %s', async (_, options) => {
    if (options['types'] !== undefined) linkPackage('@types/node');
    writeFileSync(join(project, 'program.ts'), PROGRAM);
    const compilerOptions = {
      ...{ target: 'es2022', lib: ['es2022'], types: [], noEmit: true },
      ...{ strict: true, skipLibCheck: false, noUncheckedIndexedAccess: true },
      ...options,
    };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const problems = await run(process.execPath, [compiler, '-p', project], { cwd: project }).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );
    expect(problems).toBe('');
  });
});
