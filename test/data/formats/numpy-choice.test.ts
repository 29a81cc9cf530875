import { describe, expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { npy } from '../numpy-files.ts';
import { folderOf, patternPixels } from '../temp-files.ts';

const THREE = npy([3, 4, 5], patternPixels(3 * 4, 5, 1));
const IDS = npy([3], Uint8Array.of(0, 1, 0));
const OTHER_IDS = npy([3], Uint8Array.of(5, 6, 7));
const FLOATS = npy([3, 2], new Uint8Array(24), '<f4');

describe('arrays that are about images', () => {
  it.each([
    ['image_ids', IDS],
    ['x_mean', npy([4, 5, 3], new Uint8Array(60))],
    ['data_std', IDS],
    ['x_val_embeddings', FLOATS],
    ['image_features', FLOATS],
    ['x_scores', IDS],
  ])('are not read, and told: %s', async (name, array) => {
    const folder = folderOf({ 'images.npy': THREE, 'labels.npy': IDS, [`${name}.npy`]: array });
    const { train, test, description } = await openForTest(folder);
    expect([train.count, train.labels, test]).toEqual([3, Int32Array.of(0, 1, 0), undefined]);
    expect(description).toContain(`arrays not read: ${name}`);
  });

  it('block neither images of another format nor themselves in silence', async () => {
    expect(await problemOf(folderOf({ 'stats_images.npy': IDS }))).toContain('got |u1 [3]: stats_images.npy');
    expect(await problemOf(folderOf({ 'x_train.npy': FLOATS, 'x_test.npy': THREE }))).toContain('got <f4 [3, 2]');
  });

  it('of the same split come after the plain name', async () => {
    for (const name of ['x_train_aug', 'mask_images_train']) {
      const { train, description } = await openForTest(folderOf({ 'x_train.npy': THREE, [`${name}.npy`]: THREE }));
      expect(train.name(0)).toBe('x_train.npy[0]');
      expect(description).toContain(`arrays not read: ${name}`);
    }
  });

  it('are asked for where several can be meant', async () => {
    const problem = await problemOf(folderOf({ 'images_a.npy': THREE, 'images_b.npy': THREE }));
    expect(problem).toBe(
      "expected one array of training images, got 2: images_a and images_b in PATH | Leave out all but one: --set 'data.exclude=[images_b.npy]'",
    );
    const sets = { 'a/images.npy': THREE, 'a/labels.npy': IDS, 'b/images.npy': THREE, 'b/labels.npy': IDS };
    expect(await problemOf(folderOf(sets))).toContain("Choose one: --data 'PATH/a' or --data 'PATH/b'");
  });
});

describe('data.labelField for arrays', () => {
  const folder = () => folderOf({ 'x_train.npy': THREE, 'y_train.npy': IDS, 'y_train_coarse.npy': OTHER_IDS });

  it.each([
    ['y_train', ['0', '1']],
    ['y', ['0', '1']],
    ['Y_train', ['0', '1']],
    ['coarse', ['5', '6', '7']],
  ])('prefers the whole name to a part of it: %s', async (labelField, classes) => {
    expect((await openForTest(folder(), { labelField })).train.classes).toEqual(classes);
  });

  it('is an error where the array can not serve', async () => {
    const bad = folderOf({ 'images.npy': THREE, 'labels.npy': IDS, 'label_scores.npy': FLOATS });
    expect(await problemOf(bad, { labelField: 'label_scores' })).toContain(
      'expected an array of labels named label_scores (data.labelField), got none: label_scores.npy is 3 x 2',
    );
    expect(await problemOf(folder(), { labelField: 'fine' })).toContain('got y_train, y_train_coarse');
  });
});

describe('arrays of labels with another name', () => {
  it.each([
    [{ 'cifar_images.npy': THREE, 'svhn_labels.npy': IDS }, 'svhn_labels has another name than cifar_images'],
    [{ 'a/images.npy': THREE, 'b/labels.npy': IDS }, 'b/labels has another name than a/images'],
  ])('are not taken, for a reason', async (files, why) => {
    const { train, description } = await openForTest(folderOf(files));
    expect(train.labels).toBeUndefined();
    expect(description).toContain(why);
  });

  it.each([
    { 'cifar_images.npy': THREE, 'cifar_labels.npy': IDS },
    { 'cifar_images.npy': THREE, 'labels.npy': IDS },
    { 'images/x_train.npy': THREE, 'labels/y_train.npy': IDS },
  ])('are taken where nothing else is said', async (files) => {
    expect((await openForTest(folderOf(files))).train.labels).toEqual(Int32Array.of(0, 1, 0));
  });
});
