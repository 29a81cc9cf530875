import { expect, test } from 'vitest';
import { formatConfig } from '../../src/config/format-config.ts';
import { smallViewSettings, viewSettings, viewsPerImage } from '../../src/config/resolve-views.ts';
import { load, messageOf } from './problems.ts';

const views = (text: string) => viewSettings(load(`data: {path: x}\nmethod: {name: simclr}\nviews: ${text}`).views);

test('without overrides both views are drawn alike', () => {
  const [first, second] = views('{size: 32}');
  expect(second).toEqual(first);
  expect(first).not.toHaveProperty('second');
});

test('the second view keeps what it does not override', () => {
  const [first, second] = views(
    '{jitter: {hue: 0.2}, blur: {probability: 1}, second: {jitter: {saturation: 0}, blur: {probability: 0.1}, solarize: {probability: 0.2}, grey: 0}}',
  );
  expect(first.jitter).toEqual({ probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2 });
  expect(second.jitter).toEqual({ probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0, hue: 0.2 });
  expect([first.blur, second.blur]).toEqual([
    { probability: 1, sigma: [0.1, 2], kernel: 23 },
    { probability: 0.1, sigma: [0.1, 2], kernel: 23 },
  ]);
  expect([first.solarize.probability, second.solarize.probability]).toEqual([0, 0.2]);
  expect([first.grey, second.grey]).toEqual([0.2, 0]);
  expect(second.crop).toEqual(first.crop);
});

test.each([
  [224, 23],
  [96, 9],
  [64, 7],
  [32, 3],
  [28, 3],
  [8, 1],
])('the automatic blur kernel at %i px is %i wide', (size, kernel) => {
  expect(views(`{size: ${size}}`)[0].blur.kernel).toBe(kernel);
});

test('an explicit kernel of one view is not that of the other', () => {
  const [first, second] = views('{size: 224, second: {blur: {kernel: 5}}}');
  expect([first.blur.kernel, second.blur.kernel]).toEqual([23, 5]);
});

test('normalisation by name and by numbers', () => {
  expect(views('{normalize: cifar10}')[0].normalize.mean).toEqual([0.4914, 0.4822, 0.4465]);
  expect(views('{}')[0].normalize.std).toEqual([0.229, 0.224, 0.225]);
  expect(views('{normalize: none}')[1].normalize).toEqual({ mean: [0, 0, 0], std: [1, 1, 1] });
  expect(views('{normalize: {mean: [0.1, 0.2, 0.3], std: [1, 2, 3]}}')[1].normalize.std).toEqual([1, 2, 3]);
});

test('without multi-crop an image has two views and no small ones', () => {
  const { views: plain } = load('data: {path: x}\nmethod: {name: simclr}\n');
  expect(smallViewSettings(plain)).toEqual([]);
  expect(viewsPerImage(plain)).toBe(2);
});

test('small views are SwAV’s unless set otherwise, and share the settings of the first view', () => {
  const { views: config } = load(
    'data: {path: x}\nmethod: {name: byol}\nviews: {recipe: byol, crop: {ratio: [1, 1]}, small: {count: 3, jitter: {hue: 0}, solarize: {probability: 1}}}',
  );
  const [first] = viewSettings(config);
  const small = smallViewSettings(config);
  expect(small).toHaveLength(3);
  expect(viewsPerImage(config)).toBe(5);
  for (const view of small) {
    expect(view).toEqual({
      ...first,
      size: 96,
      crop: { area: [0.05, 0.14], ratio: [1, 1], interpolation: 'bicubic' },
      jitter: { ...first.jitter, hue: 0 },
      blur: { ...first.blur, kernel: 9 },
      solarize: { probability: 1, threshold: 0.5 },
    });
  }
  expect(smallViewSettings(load('data: {path: x}\nmethod: {name: byol}\nviews:\n  small:\n').views)).toHaveLength(6);
});

test('the automatic blur kernel follows the size of the small views, a given one does not', () => {
  const kernels = (text: string): number[] => {
    const { views: config } = load(`data: {path: x}\nmethod: {name: simclr}\nviews: ${text}`);
    return [viewSettings(config)[0], ...smallViewSettings(config)].map(({ blur }) => blur.kernel);
  };
  expect(kernels('{small: {count: 1, size: 64}}')).toEqual([23, 7]);
  expect(kernels('{blur: {kernel: 11}, small: {count: 1, size: 64}}')).toEqual([11, 11]);
  expect(kernels('{blur: {kernel: 11}, small: {count: 1, size: 64, blur: {kernel: auto}}}')).toEqual([11, 7]);
});

test('small views need a method that uses them, and are no larger than the large ones', () => {
  const text = 'data: {path: x}\nmethod: {name: moco}\nviews:\n  small: {count: 2, size: 96}\n';
  expect(messageOf(() => load(text))).toMatchInlineSnapshot(`
    "exit 2: run.yaml:2:16 method.name: expected simclr or byol with \`views.small\`, as moco uses two views (remove views.small), got "moco"
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(messageOf(() => load(text, 'method.name=mocov3'))).toMatchInlineSnapshot(`
    "exit 2: --set method.name: expected simclr or byol with \`views.small\`, as mocov3 uses two views (remove views.small), got "mocov3"
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(messageOf(() => load(text, 'method.name=byol'))).toBe('no error');
  const cifar = 'data: {path: x}\nmethod: {name: simclr}\nviews: {size: 32, small: {count: 2}}\n';
  expect(messageOf(() => load(cifar))).toMatchInlineSnapshot(`
    "exit 2: run.yaml:3:19 views.small.size: expected at most the 32 pixels of the large views, got 96
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(messageOf(() => load(cifar, 'views.small.size=33'))).toMatchInlineSnapshot(`
    "exit 2: --set views.small.size: expected at most the 32 pixels of the large views, got 33
    hint: every setting, its bounds and its meaning: cl-train --print-schema"
  `);
  expect(messageOf(() => load(cifar, 'views.small.size=32'))).toBe('no error');
});

test('small views are written out, and read back the same', () => {
  const config = load(
    'data: {path: /images}\noutput: o\nmethod: {name: simclr}\nviews: {recipe: byol-cifar, small: {size: 16, blur: {probability: 0.3}}}',
  );
  expect(JSON.stringify(load(formatConfig(config)))).toBe(JSON.stringify(config));
});
