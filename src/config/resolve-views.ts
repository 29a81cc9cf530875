import type { ViewsConfig } from './run-config.ts';
import type { Normalization, ViewSettings } from './view-settings.ts';

/** Channel statistics by name. ImageNet's are torchvision's; CIFAR-10's those of solo-learn and most CIFAR recipes. */
const STATISTICS: Readonly<Record<'imagenet' | 'cifar10' | 'none', Normalization>> = {
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

/** The settings of a view of that size: those of the first view with the given changes. */
function viewOf(views: ViewsConfig, size: number, over: NonNullable<ViewsConfig['second']> = {}): ViewSettings {
  const { normalize } = views;
  const blur = merged(views.blur, over.blur);
  return {
    size,
    crop: merged(views.crop, over.crop),
    flip: over.flip ?? views.flip,
    jitter: merged(views.jitter, over.jitter),
    grey: over.grey ?? views.grey,
    blur: { ...blur, kernel: blur.kernel === 'auto' ? blurKernel(size) : blur.kernel },
    solarize: merged(views.solarize, over.solarize),
    normalize: typeof normalize === 'string' ? STATISTICS[normalize] : normalize,
  };
}

/** How many views of an image there are in a batch. */
export function viewsPerImage({ small }: ViewsConfig): number {
  return 2 + (small?.count ?? 0);
}

/** The settings of the first and the second view of every image, the large ones. */
export function viewSettings(views: ViewsConfig): readonly [ViewSettings, ViewSettings] {
  return [viewOf(views, views.size), viewOf(views, views.size, views.second)];
}

/** The settings of every image's small views, one for each; none without multi-crop. */
export function smallViewSettings(views: ViewsConfig): readonly ViewSettings[] {
  const { small } = views;
  return small ? Array.from({ length: small.count }, () => viewOf(views, small.size, small)) : [];
}

/** Sides in pixels of all views of an image. */
export function viewSizes(views: ViewsConfig): number[] {
  return [...viewSettings(views), ...smallViewSettings(views)].map(({ size }) => size);
}
