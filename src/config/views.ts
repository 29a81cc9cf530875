import type { RunConfig, ViewsConfig } from './run-config.ts';

type Numbers = readonly [number, number, number];

/** One view's settings, complete: names and `auto` are resolved. */
export interface ViewSettings {
  readonly size: number;
  readonly crop: ViewsConfig['crop'];
  readonly flip: number;
  readonly jitter: ViewsConfig['jitter'];
  readonly grey: number;
  readonly blur: Omit<ViewsConfig['blur'], 'kernel'> & { readonly kernel: number };
  readonly solarize: ViewsConfig['solarize'];
  /** Per channel on the [0, 1] scale; mean 0 and std 1 when nothing is normalised. */
  readonly normalize: { readonly mean: Numbers; readonly std: Numbers };
}

/** Channel statistics by name. ImageNet's are torchvision's; CIFAR-10's those of solo-learn and of most CIFAR recipes. */
const STATISTICS: Readonly<Record<'imagenet' | 'cifar10' | 'none', ViewSettings['normalize']>> = {
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  cifar10: { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
  none: { mean: [0, 0, 0], std: [1, 1, 1] },
};

/** SimCLR's kernel: radius half of a tenth of the side, so always odd; 23 at 224 px, 3 at 32 px. */
function blurKernel(size: number): number {
  return 2 * Math.floor(Math.floor(size / 10) / 2) + 1;
}

/** Lays the given members of `over` over `base`, section by section. */
function merged<T extends object>(base: T, over: { readonly [K in keyof T]?: unknown } | undefined): T {
  const given = Object.entries(over ?? {}).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(given) };
}

/** The settings of the first and the second view of every image. */
export function viewSettings(views: RunConfig['views']): readonly [ViewSettings, ViewSettings] {
  const { recipe: _, second = {}, normalize, blur, ...rest } = views;
  const kernel = (size: number | 'auto'): number => (size === 'auto' ? blurKernel(views.size) : size);
  const first: ViewSettings = {
    ...rest,
    blur: { ...blur, kernel: kernel(blur.kernel) },
    normalize: typeof normalize === 'string' ? STATISTICS[normalize] : normalize,
  };
  const secondBlur = merged(blur, second.blur);
  return [
    first,
    {
      ...first,
      crop: merged(first.crop, second.crop),
      flip: second.flip ?? first.flip,
      jitter: merged(first.jitter, second.jitter),
      grey: second.grey ?? first.grey,
      blur: { ...secondBlur, kernel: kernel(secondBlur.kernel) },
      solarize: merged(first.solarize, second.solarize),
    },
  ];
}
