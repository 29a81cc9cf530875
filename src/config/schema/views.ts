import { z } from 'zod';
import { RECIPE_NAMES } from '../recipes.ts';
import { count, perChannel, probability, range } from './values.ts';

const kernel = z.union([z.literal('auto'), z.int().positive()], {
  error: 'expected "auto" or an odd whole number of pixels',
});

const crop = {
  area: range({ min: 0, max: 1, aboveMin: true }).describe(
    'Share of the image area that a crop covers, uniform in [low, high].',
  ),
  ratio: range({ min: 0, aboveMin: true }).describe('Width by height of a crop, log-uniform in [low, high].'),
  interpolation: z
    .enum(['bilinear', 'bicubic'])
    .describe('Resampling filter, antialiased; bicubic results are clipped to [0, 1].'),
};

const jitter = {
  probability: probability().describe(
    'Probability that an image is jittered; the four changes come in a random order.',
  ),
  brightness: z.number().min(0).describe('Brightness factor uniform in [max(0, 1 - x), 1 + x].'),
  contrast: z.number().min(0).describe('Contrast factor uniform in [max(0, 1 - x), 1 + x], about the mean grey value.'),
  saturation: z
    .number()
    .min(0)
    .describe('Saturation factor uniform in [max(0, 1 - x), 1 + x], a blend with the grey image.'),
  hue: z.number().min(0).max(0.5).describe('Hue shift uniform in [-x, x], in turns of the colour circle.'),
};

const blur = {
  probability: probability().describe('Probability of a Gaussian blur.'),
  sigma: range({ min: 0, aboveMin: true }).describe('Standard deviation in pixels, uniform in [low, high].'),
  kernel: kernel
    .refine((size) => size === 'auto' || size % 2 === 1, { error: 'expected an odd whole number of pixels' })
    .describe('Kernel width in pixels, odd; auto: a tenth of the view, made odd (23 at 224 px), as in SimCLR.'),
};

const solarize = {
  probability: probability().describe('Probability that values at or above the threshold are inverted.'),
  threshold: z.number().min(0).max(1).describe('Threshold on the [0, 1] scale; 0.5 is 128 of 255.'),
};

const normalize = z
  .union(
    [
      z.enum(['imagenet', 'cifar10', 'none']),
      z.strictObject({
        mean: perChannel(z.number()).describe('Mean of red, green and blue on the [0, 1] scale.'),
        std: perChannel(z.number().positive()).describe(
          'Standard deviation of red, green and blue on the [0, 1] scale.',
        ),
      }),
    ],
    { error: 'expected "imagenet", "cifar10", "none" or a mapping with mean and std, three numbers each' },
  )
  .describe('Mean and standard deviation of the channels, by name or as numbers; none leaves [0, 1].');

const Crop = z
  .strictObject({
    area: crop.area.default([0.08, 1]),
    ratio: crop.ratio.default([3 / 4, 4 / 3]),
    interpolation: crop.interpolation.default('bilinear'),
  })
  .prefault({})
  .describe('Random resized crop (Inception style), as torchvision does it.');

const Jitter = z
  .strictObject({
    probability: jitter.probability.default(0.8),
    brightness: jitter.brightness.default(0.4),
    contrast: jitter.contrast.default(0.4),
    saturation: jitter.saturation.default(0.4),
    hue: jitter.hue.default(0.1),
  })
  .prefault({})
  .describe('Colour jitter; SimCLR at strength s uses 0.8s, 0.8s, 0.8s and 0.2s.');

const Blur = z
  .strictObject({
    probability: blur.probability.default(0),
    sigma: blur.sigma.default([0.1, 2]),
    kernel: blur.kernel.default('auto'),
  })
  .prefault({})
  .describe('Gaussian blur; SimCLR uses it at ImageNet size (probability 0.5), not on CIFAR.');

const Solarize = z
  .strictObject({
    probability: solarize.probability.default(0),
    threshold: solarize.threshold.default(0.5),
  })
  .prefault({})
  .describe('Solarization (BYOL).');

const flip = probability().describe('Probability of a horizontal flip.');
const grey = probability().describe('Probability that the colours are dropped.');

/** What a view can do otherwise than the first, besides its crop. */
const others = {
  flip: flip.optional(),
  jitter: z.strictObject(jitter).partial().optional(),
  grey: grey.optional(),
  blur: z.strictObject(blur).partial().optional(),
  solarize: z.strictObject(solarize).partial().optional(),
};

const SecondView = z
  .strictObject({ crop: z.strictObject(crop).partial().optional(), ...others })
  .describe('What the second view does otherwise than the first; the rest is shared.');

const SmallViews = z
  .strictObject({
    count: count().max(20).default(6).describe('Small views of an image, besides the two large ones.'),
    size: count()
      .min(8)
      .max(1024)
      .default(96)
      .describe('Side of a small view in pixels, at most that of the large ones.'),
    crop: z
      .strictObject({ ...z.strictObject(crop).partial().shape, area: crop.area.default([0.05, 0.14]) })
      .prefault({})
      .describe('Crop of the small views; 5 to 14 % of the area is for ImageNet, and little of a CIFAR image.'),
    ...others,
  })
  .describe(
    'Multi-crop (SwAV, arXiv:2006.09882), for simclr and byol: small views of the same image; what is not given is as in the first view.',
  );

/** How the two views of an image are drawn; `second` holds what differs in the second one. */
export const ViewsConfig = z
  .strictObject({
    recipe: z
      .enum(RECIPE_NAMES)
      .optional()
      .describe('Published views, by name: their settings (those of `second` included) beneath the ones given here.'),
    size: count().min(8).max(1024).default(224).describe('Side of a view in pixels.'),
    crop: Crop,
    flip: flip.default(0.5),
    jitter: Jitter,
    grey: grey.default(0.2),
    blur: Blur,
    solarize: Solarize,
    normalize: normalize.default('imagenet'),
    second: SecondView.optional(),
    small: SmallViews.optional(),
  })
  .superRefine(({ size, small }, context) => {
    if (small === undefined || small.size <= size) return;
    context.addIssue({
      code: 'custom',
      path: ['small', 'size'],
      message: `expected at most the ${size} pixels of the large views`,
      params: { got: small.size },
    });
  })
  .prefault({})
  .describe('Random views; every draw depends on the seed, the epoch, the image and the view alone.');
