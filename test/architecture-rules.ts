// The rules of the source tree, which architecture.test.ts enforces. These tables are their documentation.

/** Imports point from a line to lines below it, never to a neighbour on the same line. */
export const LAYERS: readonly (readonly string[])[] = [
  ['cli'],
  ['run'],
  ['train'],
  ['report'],
  ['evaluate'],
  ['interop'],
  ['checkpoint'],
  ['methods'],
  ['losses', 'optim', 'augment', 'backbones'],
  ['nn'],
  ['data'],
  ['runtime'],
  ['config'],
  ['util'],
];

/**
 * The rooms of a layer: its folders, and files that lie loose in it. As for layers, imports point from a line to lines
 * below it, never to a neighbour on the same line; here those of types count too.
 */
export const ROOMS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  interop: [['weights'], ['torch', 'graphs', 'tables']],
  data: [
    ['dataset', 'loading', 'pack', 'inspect', 'sheet'],
    ['formats'],
    ['files'],
    ['cache', 'threads'],
    ['sources'],
    ['pixels'],
  ],
  // A new command gets a room, and here a line above those of what it is made of.
  run: [
    ['bench', 'placement', 'gpu-check'],
    ['training'],
    ['export'],
    ['evaluation', 'embed', 'plan', 'preview', 'inspect', 'pack'],
    ['encoder'],
    ['assembly'],
    ['views'],
    ['images', 'folder', 'checkpoints'],
  ],
};

/**
 * The only places that may know a whole configuration (`RunConfig`): those that read it, and the roots that put a
 * command together from it. All else takes a section of it, or what was made of it.
 */
export const WHOLE_SETTINGS = [
  /^src\/(?:config|cli)\//,
  /^src\/run\/assembly\//,
  /^src\/run\/bench\/(?:data-bench(?:-text)?|measure-steps)\.ts$/,
  /^src\/run\/embed\/open-embedder\.ts$/,
  /^src\/run\/encoder\/open-encoder\.ts$/,
  /^src\/run\/export\/export\.ts$/,
  /^src\/run\/placement\/place-config\.ts$/,
  /^src\/run\/plan\/plan\.ts$/,
  /^src\/run\/preview\/preview\.ts$/,
  /^src\/run\/training\/(?:pretrain|run-to-end)\.ts$/,
];

/** Narrower than the layers: what these folders may import values from, beside themselves. */
export const ONLY: Readonly<Record<string, readonly string[]>> = {
  setup: ['util'],
  report: ['util'],
  data: ['util'],
  runtime: ['util'],
  config: ['util'],
  util: [],
};

/** Folders outside the layers and who may import their values. */
export const USERS: Readonly<Record<string, readonly string[]>> = { setup: ['cli'], config: ['cli', 'run'] };

/** Plain records that any folder may import as types. */
export const SHARED_TYPES = [/^src\/config\//, /^src\/train\/events\.ts$/];

/** The folders through which each package enters; a package that is not here may not be imported. */
export const DOORS: Readonly<Record<string, readonly string[]>> = {
  // Plain JavaScript that runs before anything is compiled: locks are the same there and here.
  setup: ['util'],
  '@tensorflow/tfjs': ['runtime'],
  '@tensorflow/tfjs-node-gpu': ['runtime'],
  koffi: ['runtime'],
  protobufjs: ['runtime', 'interop'],
  sharp: ['data'],
  '@cornerstonejs/codec-libjpeg-turbo-8bit': ['data'],
  'modern-tar': ['data', 'setup'],
  '@expo-google-fonts/inter': ['data'],
  'p-limit': ['data'],
  'csv-parse': ['data'],
  picomatch: ['data'],
  hyparquet: ['data'],
  'hyparquet-writer': ['interop'],
  yaml: ['config', 'data'],
  zod: ['config'],
  'fastest-levenshtein': ['util'],
  '@commander-js/extra-typings': ['cli'],
  'cli-progress': ['report', 'setup'],
  pino: ['report'],
  'pino-pretty': ['report'],
  '@observablehq/plot': ['report'],
  linkedom: ['report'],
  eta: ['report'],
  picocolors: ['cli', 'report', 'setup'],
  yauzl: ['setup', 'data'],
};

/** Packages too slow for `--help`: a program loads them only when it needs them, by import(). */
export const HEAVY = ['@tensorflow/tfjs', '@tensorflow/tfjs-node-gpu', 'sharp', 'linkedom', '@observablehq/plot'];

/** The only file that may end the process. */
export const EXIT = 'src/cli/run-main.ts';

/** Lines of a file: the hard limit, and the one to aim at (reported, not enforced). */
export const LINES = { most: 220, advised: 200 };

/** What no file may contain (these patterns don't match themselves), and the files where it is fine. */
export const FORBIDDEN: readonly (readonly [pattern: RegExp, except: RegExp])[] = [
  [/[/](?:work|root|home[/]\w+)[/]/, /^$/],
  [/[/]tmp[/](?:proto|peer)/, /^$/],
  [/registry[.]npmjs|files[.]pythonhosted|pypi[.]org/, /\.md$/],
  [/\b(?:n[e]xus|a[r]tifactory|j[f]rog)\b/i, /^$/],
];
