import { expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { folderOf, textOf } from '../temp-files.ts';

/** Train images 0.jpg, 1.jpg, ... of each class, so many of each; one test image of each. */
function classesOf(counts: Readonly<Record<string, number>>): string {
  const files: Record<string, string> = {};
  for (const [name, count] of Object.entries(counts)) {
    for (let i = 0; i < count; i++) files[`train/${name}/${String(i).padStart(4, '0')}.jpg`] = `${name} ${i}`;
    files[`test/${name}/0.jpg`] = `test ${name}`;
  }
  return folderOf(files);
}

it('keeps chosen classes in training and test, renumbered in their order', async () => {
  const folder = classesOf({ ant: 2, bee: 3, cat: 1 });
  const { train, test, description } = await openForTest(folder, { classes: ['cat', 'bee'] });
  expect(description).toBe('class folders: 4 images in 2 classes, test 2');
  expect([train.classes, train.labels]).toEqual([['bee', 'cat'], Int32Array.of(0, 0, 0, 1)]);
  expect(train.name(3)).toBe('train/cat/0000.jpg');
  expect(await textOf(train.read(3))).toBe('cat 0');
  expect([test?.classes, test?.labels, test?.name(0)]).toEqual([['bee', 'cat'], Int32Array.of(0, 1), 'test/bee/0.jpg']);
  expect(await problemOf(folder, { classes: ['bees'] })).toBe(
    'expected classes of the images in data.classes, got "bees" | Did you mean bee? The classes are ant, bee, cat.',
  );
  expect(await problemOf(folder, { labelField: 'colour' })).toContain(
    'expected images with several labels for data.labelField, got PATH',
  );
  expect(await problemOf(folderOf({ 'a.jpg': '' }), { classes: ['a'] })).toContain(
    'expected images with classes for data.classes, got flat without labels',
  );
});

it('draws a share of each class, the same each time, and the smaller within the larger', async () => {
  const folder = classesOf({ many: 100, few: 30, one: 1 });
  const namesOf = async (fraction: number): Promise<string[]> => {
    const { train } = await openForTest(folder, { fraction });
    return Array.from({ length: train.count }, (_, i) => train.name(i));
  };
  const tenth = await namesOf(0.1);
  const perClass = (names: string[], name: string): number => names.filter((path) => path.includes(`/${name}/`)).length;
  expect(['many', 'few', 'one'].map((name) => perClass(tenth, name))).toEqual([10, 3, 1]);
  expect(await namesOf(0.1)).toEqual(tenth);
  expect([...tenth].sort()).toEqual(tenth);
  const half = await namesOf(0.5);
  expect(half.length).toBe(50 + 15 + 1);
  expect(tenth.every((name) => half.includes(name))).toBe(true);
  // Not simply the first ones.
  expect(tenth.filter((name) => name.includes('/many/000')).length).toBeLessThan(10);
  expect((await openForTest(folder, { fraction: 0.1 })).test?.count).toBe(3);
  expect((await namesOf(1)).length).toBe(131);
});

it('draws a share of all images where there are no classes, and combines the rules', async () => {
  const flat = folderOf(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}.jpg`, ''])));
  expect((await openForTest(flat, { fraction: 0.25 })).train.count).toBe(10);
  const folder = classesOf({ a: 20, b: 20, c: 20 });
  const { train } = await openForTest(folder, { classes: ['a', 'c'], fraction: 0.5, subset: 4 });
  expect([train.count, train.classes]).toEqual([8, ['a', 'c']]);
});
