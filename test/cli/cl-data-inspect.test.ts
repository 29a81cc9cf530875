import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { InspectReport } from '../../src/run/inspect/inspect-report.ts';
import { patternPng, writeFiles } from '../data/temp-files.ts';
import { clData, inRepository, type Outcome, runNode, temporaryFolder } from './run-command.ts';

/** A folder `images`: unequal classes, bad files, duplicates within and across splits, names that mock terminals. */
async function images(): Promise<string> {
  const folder = temporaryFolder();
  const fixture = (name: string): Buffer => readFileSync(inRepository(`test/fixtures/images/${name}`));
  const cats = await Promise.all(
    Array.from({ length: 12 }, async (_, i) => [`train/cat/${i}.png`, await patternPng(8, 10, i)] as const),
  );
  writeFiles(join(folder, 'images'), {
    ...Object.fromEntries(cats),
    'train/cat/again.png': await patternPng(8, 10, 3),
    'train/dog/line\nbreak.png': await patternPng(8, 10, 3),
    'train/dog/\u001b[31mred.png': 'not an image',
    'train/dog/cut.jpg': fixture('truncated.jpg'),
    'train/owl 😀/\u202egnp.exe.png': await patternPng(30, 20, 20),
    'test/cat/leak.png': await patternPng(8, 10, 5),
    'test/cat/grey.png': fixture('grey.png'),
    'test/dog/turned.jpg': fixture('orientation-6.jpg'),
  });
  return folder;
}

/** Standard output without times. */
function steady({ stdout }: Outcome): string {
  // Which of the images decoded at once libvips tells the damage of is left to chance.
  const told = stdout.replace('it is damaged', 'VipsJpeg: premature end of JPEG image');
  return told.replace(/in \d+\.\d s: [\d,.]+ images\/s on \d+ cores?/, 'in TIME').replace(/^\S*\/images$/m, 'PATH');
}

test('inspect says what was found, with names that are safe to print', async () => {
  const folder = await images();
  const outcome = await clData(['inspect', 'images', '--set', 'views.size=8'], folder);
  expect(outcome.code).toBe(0);
  expect(outcome.stderr).toBe('decoding training images\ndecoding test images\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
  expect(outcome.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  expect(Math.max(...outcome.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
  expect(steady(outcome)).toMatchInlineSnapshot(`
    "PATH
    class folders: 17 images in 3 classes, test 3

    train: 17 images, class folders
      classes     3, 1 to 13, median 3 images each
                  owl 😀 1, dog 3, cat 13
      encoding    15 PNG
      size        width 10 to 20, median 10; height 8 to 30, median 8
                  2 sizes, most often 10 x 8 (14 images)
      mean        0.4417  0.4978  0.5253  of red, green, blue over all pixels
      std         0.2879  0.2675  0.2742
      bytes       5.49 kB stored, 5.16 kB decoded
      bad         2 images
                  train/dog/\\u{1b}[31mred.png: is text, not a JPEG, PNG or WebP
                  train/dog/cut.jpg: can't be decoded: VipsJpeg: premature end of JPEG image

    test: 3 images, class folders
      classes     3, 0 to 2, median 1 images each
                  owl 😀 0, dog 1, cat 2
      encoding    2 PNG, 1 JPEG
                  of these 1 grey, 1 turned upright by EXIF
      size        width 10 to 16, median 12; height 8 to 16, median 12
                  3 sizes, most often 10 x 8 (1 image)
      mean        0.4714  0.4383  0.4043  of red, green, blue over all pixels
      std         0.2988  0.2706  0.2293
      bytes       1.13 kB stored, 1.39 kB decoded
      bad         none

    duplicates (by size and decoded pixels): 2 within train, 0 within test, 1 test image also in train
                  train: train/cat/5.png  =  test: test/cat/leak.png
                  train: train/cat/3.png  =  train: train/cat/again.png  =  train: train/dog/line\\nbreak.png
    in training: streamed, because images differ in size (10 x 8, 64 x 48)
    decoded 18 of 20 images in TIME

    warning: 11.8 % of the train images are bad, and a run would stop: data.maxBadShare is 1.0 %
    warning: 1 test image (33.3 %) also is among the training images: accuracies would be too good
    warning: 1 group of equal images with different classes: some labels are wrong
    warning: classes are very unequal: the largest has 13 times the images of the smallest
    warning: classes without test images: owl 😀
    hint: normalise with these images' own statistics
      --set 'views.normalize={mean: [0.4417, 0.4978, 0.5253], std: [0.2879, 0.2675, 0.2742]}'
    "
  `);
});

test('in the C locale all is ASCII', async () => {
  const folder = await images();
  const bin = inRepository('bin/cl-data.js');
  const { stdout } = await runNode([bin, 'inspect', 'images'], { cwd: folder, env: { LC_ALL: 'C' } });
  expect(stdout).toContain('owl \\u{1f600}');
  expect(stdout).toMatch(/^[\n\x20-\x7e]*$/);
});

/** The keys of a record at any depth, those of arrays by their first entry. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shape);
  if (typeof value !== 'object' || value === null) return value === null ? null : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
}

test('--json prints one object, --output writes it and never replaces a file', async () => {
  const folder = await images();
  const { code, stdout } = await clData(['inspect', 'images', '--json', '--quiet', '-o', 'report.json'], folder);
  expect(code).toBe(0);
  expect(stdout).toBe(readFileSync(join(folder, 'report.json'), 'utf8'));
  expect(stdout).not.toMatch(/[\u007f-\u009f\u202e]/);
  const report = JSON.parse(stdout) as InspectReport;
  expect(shape(report)).toMatchInlineSnapshot(`
    {
      "cores": "number",
      "description": "string",
      "duplicates": {
        "conflictingLabels": "number",
        "examples": [
          [
            {
              "class": "string",
              "name": "string",
              "split": "string",
            },
          ],
        ],
        "groups": "number",
        "testInTrain": "number",
        "within": {
          "test": "number",
          "train": "number",
        },
      },
      "hints": [
        {
          "command": "string",
          "text": "string",
        },
      ],
      "imagesPerSecond": "number",
      "path": "string",
      "sample": null,
      "seconds": "number",
      "splits": {
        "test": {
          "bad": [],
          "bytes": {
            "decoded": "number",
            "stored": "number",
          },
          "channels": {
            "mean": [
              "number",
            ],
            "pixels": "number",
            "std": [
              "number",
            ],
          },
          "classes": {
            "classes": "number",
            "images": {
              "cat": "number",
              "dog": "number",
              "owl 😀": "number",
            },
            "max": "number",
            "median": "number",
            "min": "number",
          },
          "dark": null,
          "encodings": {
            "jpeg": "number",
            "png": "number",
          },
          "format": "string",
          "images": "number",
          "inspected": "number",
          "masks": null,
          "sizes": {
            "distinct": "number",
            "height": {
              "max": "number",
              "median": "number",
              "min": "number",
            },
            "usual": {
              "height": "number",
              "images": "number",
              "width": "number",
            },
            "width": {
              "max": "number",
              "median": "number",
              "min": "number",
            },
          },
          "tiny": null,
          "traits": {
            "alpha": "number",
            "animated": "number",
            "cmyk": "number",
            "grey": "number",
            "rotated": "number",
            "sixteenBit": "number",
          },
          "uniform": null,
        },
        "train": {
          "bad": [
            {
              "index": "number",
              "name": "string",
              "reason": "string",
            },
          ],
          "bytes": {
            "decoded": "number",
            "stored": "number",
          },
          "channels": {
            "mean": [
              "number",
            ],
            "pixels": "number",
            "std": [
              "number",
            ],
          },
          "classes": {
            "classes": "number",
            "images": {
              "cat": "number",
              "dog": "number",
              "owl 😀": "number",
            },
            "max": "number",
            "median": "number",
            "min": "number",
          },
          "dark": null,
          "encodings": {
            "png": "number",
          },
          "format": "string",
          "images": "number",
          "inspected": "number",
          "masks": null,
          "sizes": {
            "distinct": "number",
            "height": {
              "max": "number",
              "median": "number",
              "min": "number",
            },
            "usual": {
              "height": "number",
              "images": "number",
              "width": "number",
            },
            "width": {
              "max": "number",
              "median": "number",
              "min": "number",
            },
          },
          "tiny": null,
          "traits": {
            "alpha": "number",
            "animated": "number",
            "cmyk": "number",
            "grey": "number",
            "rotated": "number",
            "sixteenBit": "number",
          },
          "uniform": null,
        },
      },
      "storage": {
        "decodedBytes": "number",
        "kind": "string",
        "text": "string",
      },
      "version": "number",
      "warnings": [
        "string",
      ],
    }
  `);
  const { splits, duplicates } = report;
  expect(splits.train.bad.map(({ name }) => name)).toEqual(['train/dog/\u001b[31mred.png', 'train/dog/cut.jpg']);
  expect(splits.train.classes?.images).toEqual({ cat: 13, dog: 3, 'owl 😀': 1 });
  expect(splits.test?.traits).toMatchObject({ grey: 1, rotated: 1 });
  expect(duplicates).toMatchObject({ within: { train: 2, test: 0 }, testInTrain: 1, conflictingLabels: 1, groups: 2 });
  expect(duplicates.examples[0]).toEqual([
    { split: 'train', name: 'train/cat/5.png', class: 'cat' },
    { split: 'test', name: 'test/cat/leak.png', class: 'cat' },
  ]);

  const again = await clData(['inspect', 'images', '-o', 'report.json'], folder);
  expect(again).toMatchObject({ code: 2, stdout: '' });
  expect(again.stderr).toContain('--output: expected a new file, got report.json, which exists');
});

test('--strict fails after the report, where images are bad or leak', async () => {
  const folder = await images();
  const { code, stdout, stderr } = await clData(['inspect', 'images', '--strict'], folder);
  expect(code).toBe(1);
  expect(stdout).toContain('duplicates');
  expect(stderr).toContain('got 2 bad images (10.0 %) and 1 test image in train');
  mkdirSync(join(folder, 'good'));
  writeFileSync(join(folder, 'good/a.png'), await patternPng(4, 4));
  expect(await clData(['inspect', 'good', '--strict'], folder)).toMatchObject({ code: 0 });
});

test('a sample looks at as many images of each split, of any format', async () => {
  const archive = inRepository('data/cifar10-mini.tar.gz');
  const { code, stdout } = await clData(['inspect', archive, '--sample', '20', '--json', '-q']);
  expect(code).toBe(0);
  const { splits, sample, storage } = JSON.parse(stdout) as InspectReport;
  expect([sample, splits.train.inspected, splits.test?.inspected]).toEqual([20, 20, 20]);
  expect(splits.train.bytes.decoded).toBe(5000 * 3072);
  expect(storage.kind).toBe('memory');
  const wrong = await clData(['inspect', archive, '--sample', '0']);
  expect(wrong).toMatchObject({
    code: 2,
    stdout: '',
    stderr: 'error: --sample: expected a whole number above 0, got 0\n',
  });
});

test('Ctrl-C stops it at once, without a report', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'images'));
  for (let i = 0; i < 3000; i++)
    copyFileSync(inRepository('test/fixtures/images/rgb-420.jpg'), join(folder, `images/${i}.jpg`));
  let stopped = false;
  const { code, stdout, stderr } = await runNode(
    [inRepository('bin/cl-data.js'), 'inspect', 'images', '-o', 'r.json'],
    {
      cwd: folder,
      onOutput(text, pid) {
        if (stopped || !text.includes('decoding training images')) return;
        stopped = true;
        process.kill(pid, 'SIGINT');
      },
    },
  );
  expect(code).toBe(130);
  expect(stdout).toBe('');
  expect(stderr).toContain('stopping');
  expect(existsSync(join(folder, 'r.json'))).toBe(false);
});

/** What `inspect` warns of and hints at. */
async function advice(files: Readonly<Record<string, Uint8Array | string>>, ...args: string[]): Promise<string[]> {
  const folder = temporaryFolder();
  writeFiles(join(folder, 'images'), files);
  const { stdout, code } = await clData(['inspect', 'images', '--json', '--quiet', ...args], folder);
  expect(code).toBe(0);
  const { warnings, hints } = JSON.parse(stdout) as InspectReport;
  return [...warnings, ...hints.map(({ text, command }) => `${text}: ${command}`)];
}

test('images that show nothing are counted, with what to do, and no statistics that divide by 0', async () => {
  const flat = (side: number): Promise<Buffer> =>
    sharp({ create: { width: side, height: side, channels: 3, background: '#123456' } })
      .png()
      .toBuffer();
  expect(await advice({ 'a.png': await flat(40), 'b.png': await flat(50) })).toEqual([
    '2 train images (100.0 %) are of a single colour, such as a.png, and teach nothing: look at how the files were written, there is nothing to learn from them',
    expect.stringMatching(/^half of the images or more have a side below the 224 pixels .*: --set views.size=40$/),
  ]);
  expect(await advice({ 'a.png': await flat(1), 'b.png': await flat(1) })).toContain(
    '2 train images (100.0 %) have a side below 8 pixels, such as a.png, and show nothing in views of 224',
  );
  const photos = Object.fromEntries(
    await Promise.all(Array.from({ length: 9 }, async (_, i) => [`${i}.png`, await patternPng(40, 40, i)] as const)),
  );
  const found = await advice({ ...photos, 'pixel.png': await flat(1) });
  expect(found[0]).toBe(
    '1 train image (10.0 %) has a side below 8 pixels, such as pixel.png, and shows nothing in views of 224: to leave them out, --set \'data.exclude=["pixel.png"]\'',
  );
  expect(await advice({ ...photos, 'pixel.png': await flat(1) }, '--set', 'data.exclude=["pixel.png"]')).toHaveLength(
    2,
  );
});

test('classes that nothing can be evaluated with are told', async () => {
  const image = (seed: number): Promise<Buffer> => patternPng(40, 40, seed);
  const one = {
    'train/cat/0.png': await image(0),
    'train/dog/1.png': await image(1),
    'test/cat/2.png': await image(2),
  };
  expect(await advice(one)).toContain('no evaluation: all test images are of one class (cat)');
  const found = await advice({ ...one, 'test/dog/3.png': await image(3) });
  expect(found).toContain(
    'no linear probe: each class has one training image, so that none is left to choose the penalty on',
  );
  expect(found.join()).not.toContain('no evaluation');
});
