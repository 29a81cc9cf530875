import { z } from 'zod';
import { parseBytes } from '../../util/parse-bytes.ts';
import { autoOrCount, count } from './values.ts';

const byteSize = () =>
  z
    .union([z.string(), z.number()], { error: 'expected a size such as 2GB or a number of bytes' })
    .refine((size) => parseBytes(size) > 0 && Number.isSafeInteger(parseBytes(size)), {
      error: 'expected a size such as 2GB or 512MiB, or a whole number of bytes',
    })
    .transform(parseBytes);

/** Which images are read, how many of them, and what reading them may cost. */
export const DataConfig = z
  .strictObject({
    path: z
      .string({
        error: ({ input }) =>
          input === undefined || input === null
            ? 'expected the training images, a folder or an archive (--set data.path=FOLDER)'
            : 'expected the path of a folder or an archive',
      })
      .min(1)
      .describe(
        'Images: a folder, a .tar, .tar.gz or .zip archive, tar shards (`train-{000..009}.tar`), a list of files (.csv, .tsv, .jsonl), or the files of CIFAR, STL-10, MNIST, NumPy or Parquet; datasets.md shows each. A relative path is looked for beside this file first, then in the working directory; one from the command line in the working directory.',
      ),
    train: z
      .string()
      .min(1)
      .optional()
      .describe('Folder of the training images inside `path`; without it `train` if there is one, else everything.'),
    test: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Test images for the evaluation: a split inside `path`, such as a folder, or another folder or archive, looked for as `path` is; without it the split for tests inside `path`: test, val, valid, validation, dev, eval or evaluation.',
      ),
    classes: z
      .array(z.union([z.string().min(1), z.number()], { error: 'expected the name of a class' }).transform(String))
      .min(1)
      .optional()
      .describe('Use only the images of these classes, for training and test.'),
    fraction: z
      .number()
      .positive()
      .max(1)
      .optional()
      .describe(
        'Train on this share of each class, such as 0.01; at least one image of each. The same images for every seed, and a smaller share lies within a larger one.',
      ),
    subsetPerClass: count()
      .optional()
      .describe(
        'Train on the first so many images of each class, in the order of the data (files by their names); all when absent.',
      ),
    labelField: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Which label, where there are several: a column of a list or of Parquet files, a key of the .json files in shards, or `fine` (default) or `coarse` of CIFAR-100.',
      ),
    labels: z
      .enum(['auto', 'none'])
      .default('auto')
      .describe(
        'auto: the labels that the data set has; none: they are left alone, and the images train without. Labels that can serve for no evaluation never stop a run: it goes on without, and says why.',
      ),
    pathField: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Column of a list that holds the paths of the images, in JSON Lines also one inside another (`meta.path`); without it path, file, image, filename or file_name, and names like filepath or image_path.',
      ),
    exclude: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe(
        'Files to leave out, as patterns of their paths below `path`: `annotations/**`, `**/*_mask.png`; `*` stops at a slash, `**` does not.',
      ),
    memoryBudget: byteSize()
      .default(2e9)
      .describe(
        'Bytes of decoded images that may be kept in memory: 2GB, 512MiB or a number. Larger sets of images of one size are kept in a cache file, others are streamed.',
      ),
    cache: z
      .enum(['auto', 'on', 'off'])
      .default('auto')
      .describe(
        "Whether decoded images of one size are kept in a file of the user's cache folder (or the one that CL_IMAGE_CACHE names). auto: where they exceed `memoryBudget` and have at most 128 x 128 pixels, or took more than 3 seconds to decode; on: always; off: never, and what exceeds `memoryBudget` is streamed.",
      ),
    cacheBudget: byteSize()
      .default(20e9)
      .describe('Bytes that all cache files may take together; those not used for longest are removed to make room.'),
    workers: autoOrCount().default('auto').describe('Images decoded at the same time; auto: one for each core.'),
    maxBadShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.01)
      .describe('Share of unreadable images above which a run stops; below it they are skipped, counted and listed.'),
    retryMinutes: z
      .number()
      .min(0)
      .default(10)
      .describe(
        'Minutes for which a run waits for images that can not be read for now, as on a network disk that is away, or whose folder has vanished as a whole; 0: it ends at once.',
      ),
  })
  .describe('The images.');
