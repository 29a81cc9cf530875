import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nearest } from '../config/suggest.ts';
import { nearestName } from '../util/nearest-name.ts';
import { PRESET_FOLDER } from '../util/presets.ts';

/** A part of the JSON Schema of configurations. */
interface Part {
  readonly properties?: Readonly<Record<string, Part>> | undefined;
  readonly oneOf?: readonly Part[] | undefined;
  readonly anyOf?: readonly Part[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
}

/** Settings by other names than ours have, where no other setting is meant. */
const FOREIGN: Readonly<Record<string, string>> = {
  ...{ arch: 'backbone.name', model: 'backbone.name', backbone: 'backbone.name', encoder: 'backbone.name' },
  ...{ network: 'backbone.name', modelname: 'backbone.name', method: 'method.name', loss: 'method.name' },
  ...{ optimizer: 'optimizer.name', optim: 'optimizer.name', opt: 'optimizer.name' },
  ...{ scheduler: 'schedule.decay.name', lrscheduler: 'schedule.decay.name', decay: 'schedule.decay.name' },
  ...{ imagesize: 'views.size', imgsize: 'views.size', imsize: 'views.size', size: 'views.size' },
  ...{ resolution: 'views.size', cropsize: 'views.size', inputsize: 'views.size', transform: 'views.recipe' },
  ...{ augmentation: 'views.recipe', augment: 'views.recipe', knnk: 'evaluate.knn.k', amp: 'precision' },
  ...{ fp16: 'precision', bf16: 'precision', half: 'precision', gradientaccumulation: 'schedule.accumulate' },
};

/** Values that a flag of another tool stands for. */
const FLAGS: Readonly<Record<string, string>> = { amp: 'bfloat16', bf16: 'bfloat16', fp16: 'float16', half: 'float16' };

/** Arithmetic by PyTorch's and Lightning's names. */
const PRECISIONS: Readonly<Record<string, string>> = {
  ...{ bf16: 'bfloat16', bf16mixed: 'bfloat16', bf16true: 'bfloat16' },
  ...{ 16: 'float16', fp16: 'float16', '16mixed': 'float16', half: 'float16' },
  ...{ 32: 'float32', fp32: 'float32', '32true': 'float32', full: 'float32' },
};

const normal = (word: string): string => word.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The settings below a part of the schema, each with the names that it may have as its value. */
function settingsOf(part: Part, path: readonly string[] = []): (readonly [path: string, names: readonly string[]])[] {
  const members = [...(part.oneOf ?? []), ...(part.anyOf ?? [])];
  const inside = Object.entries(part.properties ?? {}).flatMap(([key, child]) => settingsOf(child, [...path, key]));
  const names = [...(part.enum ?? []), part.const].filter((name) => typeof name === 'string');
  const isLeaf = part.properties === undefined && members.every(({ properties }) => properties === undefined);
  const own = isLeaf ? [[path.join('.'), names] as const] : [];
  return [...own, ...inside, ...members.flatMap((member) => settingsOf(member, path))];
}

/** All settings, those nearest to the top first, with their names. */
function allSettings(): ReadonlyMap<string, readonly string[]> {
  // Not from the schema of zod, which would cost every start of a program 50 ms for a mistake that is made once.
  const schema = JSON.parse(readFileSync(join(PRESET_FOLDER, 'schema.json'), 'utf8')) as Part;
  const found = new Map<string, readonly string[]>();
  for (const [path, names] of settingsOf(schema)) found.set(path, [...(found.get(path) ?? []), ...names]);
  const depth = (path: string): number => path.split('.').length;
  return new Map([...found].sort(([a], [b]) => depth(a) - depth(b)));
}

/** The name that a value of another tool means: `torchvision/resnet50`, `bf16-mixed`. */
function meantValue(path: string, value: string, names: readonly string[]): string {
  const plain = value.replace(/^(?:torchvision|timm|tv)\//, '');
  if (path === 'precision') return PRECISIONS[normal(value)] ?? value;
  return names.length === 0 ? value : (nearestName(plain, names) ?? plain);
}

/**
 * `KEY=VALUE` of the setting that an option of another tool (`--weight-decay 0.1`) means: one of that name or, unless
 * `isExact`, one that looks like it. VALUE stands as it is where there is no value; undefined where nothing is meant.
 */
export function settingOf(word: string, value: string | undefined, isExact: boolean): string | undefined {
  const settings = allSettings();
  const keys = new Map<string, string>();
  for (const path of settings.keys()) {
    const key = path.split('.').at(-1) as string;
    if (!keys.has(key)) keys.set(key, path);
  }
  const names = [...keys.keys()];
  const same = names.find((name) => normal(name) === normal(word));
  const path = FOREIGN[normal(word)] ?? keys.get(same ?? (isExact ? '' : (nearest(word, names) ?? '')));
  if (path === undefined) return undefined;
  const given = FLAGS[normal(word)] ?? value;
  return `${path}=${given === undefined ? 'VALUE' : meantValue(path, given, settings.get(path) ?? [])}`;
}
