import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { inRepository, type Outcome } from '../run-command.ts';

/** A PNG file of one pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** Images of each class: with two classes as many as the largest batch of a preset that is tried. */
const IMAGES = 256;

const RUN = `data: {path: ../../flowers}
method: {name: simclr, projector: {hidden: 8, out: 4}}
backbone: {width: 8, stem: cifar}
views: {size: 32}
`;

/**
 * A new folder with images (`flowers`, `a.png`, `b.png`), experiment files (`run.yaml` and `byol.yaml`, which is wrong
 * and has the name of a preset), what looks like a run (`runs/simclr`) and like weights (`resnet18.pth`), and the
 * programs of the clone (`programs`).
 */
export function makePlayground(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mistakes-'));
  for (const name of ['rose', 'tulip']) {
    mkdirSync(join(folder, 'flowers', name), { recursive: true });
    for (let i = 0; i < IMAGES; i++) writeFileSync(join(folder, 'flowers', name, `${i}.png`), PIXEL);
  }
  copyFileSync(join(folder, 'flowers/rose/0.png'), join(folder, 'a.png'));
  copyFileSync(join(folder, 'flowers/rose/0.png'), join(folder, 'b.png'));
  mkdirSync(join(folder, 'runs/simclr/checkpoints'), { recursive: true });
  writeFileSync(join(folder, 'runs/simclr/config.yaml'), RUN);
  writeFileSync(join(folder, 'runs/simclr/checkpoints/step-00000001.safetensors'), '');
  writeFileSync(join(folder, 'run.yaml'), RUN.replace('../../', ''));
  writeFileSync(join(folder, 'byol.yaml'), 'data: {path: flowers}\nmethod: {name: byol, temperature: 0.5}\n');
  writeFileSync(join(folder, 'resnet18.pth'), '');
  mkdirSync(join(folder, 'programs'));
  for (const name of ['train', 'eval', 'embed', 'export', 'data', 'doctor']) {
    symlinkSync(inRepository(`bin/cl-${name}.js`), join(folder, 'programs', `cl-${name}`));
  }
  return folder;
}

/** The folders in which the shell finds commands, without those that hold the programs. */
function pathWithoutPrograms(): string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.filter((folder) => !existsSync(join(folder, 'cl-train')));
}

/**
 * Runs a command line in a playground as a shell does, with programs found in a folder of it; undefined: nowhere, as in
 * a clone.
 */
export async function type(command: string, folder: string, programs: string | undefined): Promise<Outcome> {
  const PATH = [...(programs === undefined ? [] : [programs]), ...pathWithoutPrograms()].join(delimiter);
  const child = spawn('sh', ['-c', command], {
    cwd: folder,
    env: { ...process.env, PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const parts = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    parts.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    parts.stderr += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...parts };
}
