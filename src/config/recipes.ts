/** The published recipes for views. */
export const RECIPE_NAMES = [
  'simclr',
  'mocov1',
  'mocov2',
  'mocov3',
  'byol',
  'simclr-cifar',
  'simclr-cifar-short',
  'simclr-cifar-strong',
  'moco-cifar',
  'mocov2plus-cifar',
  'mocov3-cifar',
  'byol-cifar',
] as const;

export type RecipeName = (typeof RECIPE_NAMES)[number];

type Range = readonly [number, number];
type Channels = readonly [number, number, number];

/** Every setting of `views` that a recipe decides. */
interface Recipe {
  readonly size: number;
  readonly crop: { readonly area: Range; readonly ratio: Range; readonly interpolation: 'bilinear' | 'bicubic' };
  readonly flip: number;
  readonly jitter: {
    readonly probability: number;
    readonly brightness: number;
    readonly contrast: number;
    readonly saturation: number;
    readonly hue: number;
  };
  readonly grey: number;
  readonly blur: { readonly probability: number; readonly sigma: Range; readonly kernel: 'auto' | number };
  readonly solarize: { readonly probability: number; readonly threshold: number };
  readonly normalize: 'imagenet' | 'cifar10' | 'none' | { readonly mean: Channels; readonly std: Channels };
  readonly second?:
    | { readonly blur: { readonly probability: number }; readonly solarize: { readonly probability: number } }
    | undefined;
}

/** What differs between recipes; two numbers are the probabilities in the first and in the second view. */
interface Differences {
  readonly size: number;
  readonly area: Range;
  readonly interpolation: 'bilinear' | 'bicubic';
  /** Brightness, contrast, saturation, hue. */
  readonly jitter: readonly [number, number, number, number];
  /** Probability of jitter (default 0.8). */
  readonly jitterProbability?: number | undefined;
  readonly grey: number;
  readonly blur: number | Range;
  readonly kernel?: number | undefined;
  readonly solarize: number | Range;
  readonly normalize: Recipe['normalize'];
}

const inFirst = (probability: number | Range): number =>
  typeof probability === 'number' ? probability : probability[0];
const inSecond = (probability: number | Range): number =>
  typeof probability === 'number' ? probability : probability[1];

function recipe({ size, area, interpolation, jitter, grey, blur, solarize, normalize, ...rest }: Differences): Recipe {
  const [brightness, contrast, saturation, hue] = jitter;
  const isSymmetric = typeof blur === 'number' && typeof solarize === 'number';
  const first = {
    size,
    crop: { area, ratio: [3 / 4, 4 / 3], interpolation },
    flip: 0.5,
    jitter: { probability: rest.jitterProbability ?? 0.8, brightness, contrast, saturation, hue },
    grey,
    blur: { probability: inFirst(blur), sigma: [0.1, 2], kernel: rest.kernel ?? 'auto' },
    solarize: { probability: inFirst(solarize), threshold: 0.5 },
    normalize,
  } as const;
  // Laid under settings as it is: a recipe whose views are alike has no such section.
  if (isSymmetric) return first;
  return { ...first, second: { blur: { probability: inSecond(blur) }, solarize: { probability: inSecond(solarize) } } };
}

const CIFAR10_MEAN = [0.4914, 0.4822, 0.4465] as const;

/** torchvision's random resized crop from 8 % of the area on, jitter of half strength, grey 0.2, no blur. */
const CIFAR = {
  size: 32,
  area: [0.08, 1],
  interpolation: 'bilinear',
  jitter: [0.4, 0.4, 0.4, 0.1],
  grey: 0.2,
  blur: 0,
  solarize: 0,
} as const;

/**
 * Three sigmas either way: solo-learn blurs with PIL, whose kernel is as wide as sigma needs, not a tenth of the view.
 */
const PIL_KERNEL = 13;

/** BYOL's views: the first always blurred, the second seldom, but sometimes solarized. */
const BYOL = {
  size: 224,
  area: [0.08, 1],
  interpolation: 'bicubic',
  jitter: [0.4, 0.4, 0.2, 0.1],
  grey: 0.2,
  blur: [1, 0.1],
  solarize: [0, 0.2],
  normalize: 'imagenet',
} as const;

/**
 * Views as their authors' code makes them, number by number; `docs/views.md` shows them as a table.
 *
 * All are made here in one order: crop, flip, jitter, grey, blur, solarize, normalise. Differences from the sources:
 * MoCo v1 turns images grey before it jitters them. MoCo and solo-learn flip after the colours, which gives the same
 * views. Colours change as in torchvision; BYOL adds to the brightness instead of multiplying, takes the contrast about
 * each channel's mean and the saturation in HSV; google-research/simclr multiplies the brightness, and does the rest as
 * BYOL. Blur reflects at the border, where PIL (MoCo, solo-learn) repeats the edge and BYOL pads with zeros.
 */
export const RECIPES: Readonly<Record<RecipeName, Recipe>> = {
  /** google-research/simclr, `data_util.py`; Chen et al., arXiv:2002.05709, appendix A, strength 1. */
  simclr: recipe({
    size: 224,
    area: [0.08, 1],
    interpolation: 'bicubic',
    jitter: [0.8, 0.8, 0.8, 0.2],
    grey: 0.2,
    blur: 0.5,
    solarize: 0,
    normalize: 'none',
  }),
  /** facebookresearch/moco, `main_moco.py`; He et al., arXiv:1911.05722. */
  mocov1: recipe({
    size: 224,
    area: [0.2, 1],
    interpolation: 'bilinear',
    jitter: [0.4, 0.4, 0.4, 0.4],
    jitterProbability: 1,
    grey: 0.2,
    blur: 0,
    solarize: 0,
    normalize: 'imagenet',
  }),
  /** facebookresearch/moco, `main_moco.py --aug-plus`; Chen et al., arXiv:2003.04297. */
  mocov2: recipe({
    size: 224,
    area: [0.2, 1],
    interpolation: 'bilinear',
    jitter: [0.4, 0.4, 0.4, 0.1],
    grey: 0.2,
    blur: 0.5,
    solarize: 0,
    normalize: 'imagenet',
  }),
  /** facebookresearch/moco-v3, `main_moco.py`, `--crop-min 0.2` for ResNet-50; Chen et al., arXiv:2104.02057. */
  mocov3: recipe({ ...BYOL, area: [0.2, 1], interpolation: 'bilinear' }),
  /** deepmind-research/byol, `utils/augmentations.py`; Grill et al., arXiv:2006.07733, table 6. */
  byol: recipe(BYOL),
  /** lightly, `benchmarks/cifar10_benchmark.py`: the views of its SimCLR and its MoCo, with ImageNet's statistics. */
  'simclr-cifar': recipe({ ...CIFAR, normalize: 'imagenet' }),
  /** dkobak/simclr-cifar10, `simclr-cifar10.py`: 100 epochs; grey 0.2 would cost it about a point. */
  'simclr-cifar-short': recipe({ ...CIFAR, area: [0.2, 1], grey: 0.1, normalize: 'none' }),
  /** solo-learn, `scripts/pretrain/cifar/simclr.yaml`: jitter of full strength, and blur. */
  'simclr-cifar-strong': recipe({
    ...CIFAR,
    interpolation: 'bicubic',
    jitter: [0.8, 0.8, 0.8, 0.2],
    blur: 0.5,
    kernel: PIL_KERNEL,
    normalize: 'cifar10',
  }),
  /** facebookresearch/moco, branch `colab-notebook`, `moco_cifar10_demo.ipynb`, with its own standard deviations. */
  'moco-cifar': recipe({ ...CIFAR, normalize: { mean: CIFAR10_MEAN, std: [0.2023, 0.1994, 0.201] } }),
  /** solo-learn, `scripts/pretrain/cifar/mocov2plus.yaml`. */
  'mocov2plus-cifar': recipe({
    ...CIFAR,
    interpolation: 'bicubic',
    blur: 0.5,
    kernel: PIL_KERNEL,
    normalize: 'cifar10',
  }),
  /** solo-learn, `scripts/pretrain/cifar/mocov3.yaml`. */
  'mocov3-cifar': recipe({ ...BYOL, size: 32, blur: [0, 0], normalize: 'cifar10' }),
  /** solo-learn, `scripts/pretrain/cifar/byol.yaml`. */
  'byol-cifar': recipe({ ...BYOL, size: 32, blur: [0, 0], normalize: 'cifar10' }),
};
