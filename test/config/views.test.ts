import { expect, test } from 'vitest';
import { viewSettings } from '../../src/config/views.ts';
import { load } from './problems.ts';

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
