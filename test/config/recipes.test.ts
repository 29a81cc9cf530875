import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatConfig } from '../../src/config/format-config.ts';
import { recipeChanges } from '../../src/config/recipe-overlay.ts';
import { RECIPE_NAMES, RECIPES } from '../../src/config/recipes.ts';
import { viewSettings } from '../../src/config/resolve-views.ts';
import type { ViewSettings } from '../../src/config/view-settings.ts';
import { load, messageOf } from './problems.ts';

const HEAD = 'data: {path: /images}\nmethod: {name: simclr}\n';

function views(text: string, ...sets: readonly string[]): readonly [ViewSettings, ViewSettings] {
  return viewSettings(load(`${HEAD}views: ${text}`, ...sets).views);
}

/** A view's numbers in the notation of the papers' tables. */
function shorthand({ size, crop, flip, jitter, grey, blur, solarize, normalize }: ViewSettings): string {
  const { brightness, contrast, saturation, hue, probability } = jitter;
  return [
    `${size} ${crop.area.join('-')} ${crop.interpolation}`,
    `hf ${flip}`,
    `cj ${brightness}/${contrast}/${saturation}/${hue} @${probability}`,
    `g ${grey}`,
    `blur ${blur.probability} kernel ${blur.kernel}`,
    `sol ${solarize.probability}`,
    `std ${normalize.std.join()}`,
  ].join(', ');
}

const IMAGENET = 'std 0.229,0.224,0.225';
const CIFAR10 = 'std 0.247,0.2435,0.2616';
const NONE = 'std 1,1,1';

/** Both views of every recipe, written down from the sources; one line where they are alike. */
const EXPECTED: Readonly<Record<string, readonly [string] | readonly [string, string]>> = {
  simclr: [`224 0.08-1 bicubic, hf 0.5, cj 0.8/0.8/0.8/0.2 @0.8, g 0.2, blur 0.5 kernel 23, sol 0, ${NONE}`],
  mocov1: [`224 0.2-1 bilinear, hf 0.5, cj 0.4/0.4/0.4/0.4 @1, g 0.2, blur 0 kernel 23, sol 0, ${IMAGENET}`],
  mocov2: [`224 0.2-1 bilinear, hf 0.5, cj 0.4/0.4/0.4/0.1 @0.8, g 0.2, blur 0.5 kernel 23, sol 0, ${IMAGENET}`],
  mocov3: [
    `224 0.2-1 bilinear, hf 0.5, cj 0.4/0.4/0.2/0.1 @0.8, g 0.2, blur 1 kernel 23, sol 0, ${IMAGENET}`,
    `224 0.2-1 bilinear, hf 0.5, cj 0.4/0.4/0.2/0.1 @0.8, g 0.2, blur 0.1 kernel 23, sol 0.2, ${IMAGENET}`,
  ],
  byol: [
    `224 0.08-1 bicubic, hf 0.5, cj 0.4/0.4/0.2/0.1 @0.8, g 0.2, blur 1 kernel 23, sol 0, ${IMAGENET}`,
    `224 0.08-1 bicubic, hf 0.5, cj 0.4/0.4/0.2/0.1 @0.8, g 0.2, blur 0.1 kernel 23, sol 0.2, ${IMAGENET}`,
  ],
  'simclr-cifar': [`32 0.08-1 bilinear, hf 0.5, cj 0.4/0.4/0.4/0.1 @0.8, g 0.2, blur 0 kernel 3, sol 0, ${IMAGENET}`],
  'simclr-cifar-short': [`32 0.2-1 bilinear, hf 0.5, cj 0.4/0.4/0.4/0.1 @0.8, g 0.1, blur 0 kernel 3, sol 0, ${NONE}`],
  'simclr-cifar-strong': [
    `32 0.08-1 bicubic, hf 0.5, cj 0.8/0.8/0.8/0.2 @0.8, g 0.2, blur 0.5 kernel 13, sol 0, ${CIFAR10}`,
  ],
  'moco-cifar': [
    '32 0.08-1 bilinear, hf 0.5, cj 0.4/0.4/0.4/0.1 @0.8, g 0.2, blur 0 kernel 3, sol 0, std 0.2023,0.1994,0.201',
  ],
  'mocov2plus-cifar': [
    `32 0.08-1 bicubic, hf 0.5, cj 0.4/0.4/0.4/0.1 @0.8, g 0.2, blur 0.5 kernel 13, sol 0, ${CIFAR10}`,
  ],
  'mocov3-cifar': [
    `32 0.08-1 bicubic, hf 0.5, cj 0.4/0.4/0.2/0.1 @0.8, g 0.2, blur 0 kernel 3, sol 0, ${CIFAR10}`,
    `32 0.08-1 bicubic, hf 0.5, cj 0.4/0.4/0.2/0.1 @0.8, g 0.2, blur 0 kernel 3, sol 0.2, ${CIFAR10}`,
  ],
  'byol-cifar': [
    `32 0.08-1 bicubic, hf 0.5, cj 0.4/0.4/0.2/0.1 @0.8, g 0.2, blur 0 kernel 3, sol 0, ${CIFAR10}`,
    `32 0.08-1 bicubic, hf 0.5, cj 0.4/0.4/0.2/0.1 @0.8, g 0.2, blur 0 kernel 3, sol 0.2, ${CIFAR10}`,
  ],
};

describe('a recipe', () => {
  test('has its numbers written down here', () => {
    expect(Object.keys(EXPECTED)).toEqual([...RECIPE_NAMES]);
  });

  test.each(RECIPE_NAMES)('%s gives the numbers of its source', (name) => {
    const both = views(`{recipe: ${name}}`);
    const [first, second = first] = EXPECTED[name] ?? [];
    expect(both.map(shorthand)).toEqual([first, second]);
    for (const { crop, blur, solarize } of both) {
      expect(crop.ratio).toEqual([3 / 4, 4 / 3]);
      expect(blur.sigma).toEqual([0.1, 2]);
      expect(solarize.threshold).toBe(0.5);
    }
  });

  test.each(RECIPE_NAMES)('%s stands with these numbers in docs/views.md', (name) => {
    const [first, second] = views(`{recipe: ${name}}`);
    const { brightness, contrast, saturation, hue, probability } = first.jitter;
    const pair = (a: number, b: number): string => (a === b ? `${a}` : `${a} / ${b}`);
    const { normalize } = RECIPES[name];
    const cells = [
      `\`${name}\``,
      first.size,
      first.crop.area.join('-'),
      first.crop.interpolation,
      `${brightness}/${contrast}/${saturation}/${hue} @${probability}`,
      first.grey,
      pair(first.blur.probability, second.blur.probability),
      first.blur.kernel,
      pair(first.solarize.probability, second.solarize.probability),
      typeof normalize === 'string' ? normalize : `std ${normalize.std.join(', ')}`,
    ];
    const page = readFileSync(new URL('../../docs/views.md', import.meta.url), 'utf8');
    expect(page.split('\n')).toContain(`| ${cells.join(' | ')} |`);
  });

  test('yields to the settings of the file and the command line, key by key', () => {
    const config = load(
      `${HEAD}views:\n  recipe: byol\n  crop: {area: [0.3, 0.9]}\n  normalize: {mean: [0, 0, 0], std: [1, 2, 3]}\n  second: {blur: {sigma: [1, 2]}, flip: 0}\n`,
      'views.jitter.hue=0.05',
    );
    const [first, second] = viewSettings(config.views);
    expect(first.crop).toEqual({ area: [0.3, 0.9], ratio: [3 / 4, 4 / 3], interpolation: 'bicubic' });
    expect(first.jitter).toEqual({ probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.05 });
    expect(first.normalize).toEqual({ mean: [0, 0, 0], std: [1, 2, 3] });
    expect(second.blur).toEqual({ probability: 0.1, sigma: [1, 2], kernel: 23 });
    expect([first.flip, second.flip, second.solarize.probability]).toEqual([0.5, 0, 0.2]);
    expect(recipeChanges(config.views).toSorted()).toEqual([
      'crop.area',
      'jitter.hue',
      'normalize',
      'second.blur.sigma',
      'second.flip',
    ]);
  });

  test('is left whole by empty sections and by its own numbers', () => {
    const plain = load(`${HEAD}views: {recipe: byol}`);
    expect(load(`${HEAD}views:\n  recipe: byol\n  crop:\n  second:\n    blur:\n`)).toEqual(plain);
    expect(load(HEAD, 'views.recipe=byol')).toEqual(plain);
    expect(recipeChanges(plain.views)).toEqual([]);
    expect(recipeChanges(load(HEAD).views)).toEqual([]);
  });

  test.each(RECIPE_NAMES)('%s is written with its name and all its numbers, and reads back the same', (name) => {
    const config = load(`${HEAD}output: elsewhere\nviews: {recipe: ${name}, grey: 0.15, second: {flip: 0.4}}`);
    const text = formatConfig(config);
    expect(text).toContain(`recipe: ${name}\n`);
    expect(text).toContain('sigma:');
    expect(JSON.stringify(load(text))).toBe(JSON.stringify(config));
    const anonymous = load(text.replace(/^ *recipe: .*\n/m, ''));
    expect(viewSettings(anonymous.views)).toEqual(viewSettings(config.views));
  });

  test('that is misspelt is an error with a likely name, and mistakes beside a recipe keep their places', () => {
    expect(messageOf(() => load(`${HEAD}views:\n  recipe: mocov2-cifar\n`))).toMatchInlineSnapshot(`
      "exit 2: run.yaml:4:11 views.recipe: expected one of "simclr", "mocov1", "mocov2", "mocov3", "byol", "simclr-cifar", "simclr-cifar-short", "simclr-cifar-strong", "moco-cifar", "mocov2plus-cifar", "mocov3-cifar", "byol-cifar", got "mocov2-cifar"; did you mean "mocov3-cifar"?
      hint: every setting, its bounds and its meaning: cl-train --print-schema"
    `);
    expect(messageOf(() => load(HEAD, 'views.recipe=simcrl'))).toMatchInlineSnapshot(`
      "exit 2: --set views.recipe: expected one of "simclr", "mocov1", "mocov2", "mocov3", "byol", "simclr-cifar", "simclr-cifar-short", "simclr-cifar-strong", "moco-cifar", "mocov2plus-cifar", "mocov3-cifar", "byol-cifar", got "simcrl"; did you mean "simclr"?
      hint: every setting, its bounds and its meaning: cl-train --print-schema"
    `);
    const text = `${HEAD}views:\n  recipe: byol\n  blur: {probability: 2, sigm: 1}\n  jitter: strong\n  second:\n    solarize: 3\n`;
    expect(messageOf(() => load(text))).toMatchInlineSnapshot(`
      "exit 2: 4 settings are wrong
        run.yaml:5:23 views.blur.probability: expected at most 1, got 2
        run.yaml:5:26 views.blur.sigm: expected a known setting, got "sigm"; did you mean "sigma"?
        run.yaml:6:11 views.jitter: expected a mapping, got "strong"
        run.yaml:8:15 views.second.solarize: expected a mapping, got 3
      hint: every setting, its bounds and its meaning: cl-train --print-schema"
    `);
  });
});
