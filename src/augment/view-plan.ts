import type { DrawSettings, Interpolation, Normalization } from '../config/view-settings.ts';
import { UserError } from '../util/errors.ts';

/** What the device does to a batch of views: fixed when the graph is recorded, while the draws vary by batch. */
export interface ViewPlan {
  /** Side of the square views in pixels. */
  readonly size: number;
  /** How the device crops whole images; `undefined` when it receives crops of the right size. */
  readonly crop: { readonly interpolation: Interpolation; readonly antialias: boolean } | undefined;
  /** Which kinds of colour jitter can occur. */
  readonly jitter: { readonly colour: boolean; readonly hue: boolean };
  readonly grey: boolean;
  /** Kernel width in pixels of the widest blur; `undefined` when nothing is blurred. */
  readonly blurKernel: number | undefined;
  readonly solarize: boolean;
  readonly normalization: Normalization;
  /**
   * Compile the elementwise stages with XLA, under cluster names that begin with this; `undefined` leaves XLA out.
   *
   * A third of the CPU time for about one second of compiling: worth it from some hundred steps on.
   */
  readonly cluster: string | undefined;
}

export interface ViewPlanOptions {
  /** Side of the square views in pixels. */
  readonly size: number;
  readonly normalization: Normalization;
  /** Whether the device receives whole images and crops them (true), or crops that the host has made (false). */
  readonly cropOnDevice: boolean;
  /** Widen the resampling kernel when shrinking (default true), as PIL and `antialias=True` do. */
  readonly antialias?: boolean | undefined;
  /** Name for XLA's clusters; absent: not compiled. Different for every call of `makeViews` in one program. */
  readonly cluster?: string | undefined;
}

/**
 * The operations that a batch needs whose views are drawn from any of `settings`; what can't occur is left out.
 *
 * Throws a UserError when the views of one batch are resampled in different ways, or when a blur is wider than
 * the reflected image allows.
 */
export function planViews(settings: readonly DrawSettings[], options: ViewPlanOptions): ViewPlan {
  const { size, normalization, cropOnDevice, antialias = true, cluster } = options;
  const jittered = settings.map(({ jitter }) => jitter).filter(({ probability }) => probability > 0);
  const kernels = settings.filter(({ blur }) => blur.probability > 0).map(({ blur }) => blur.kernel);
  // On the host as well as on the device, one filter resizes all crops of a group.
  const interpolation = commonInterpolation(settings);
  kernels.forEach((kernel) => {
    checkKernel(kernel, size);
  });
  return {
    size,
    crop: cropOnDevice ? { interpolation, antialias } : undefined,
    jitter: {
      colour: jittered.some(({ brightness, contrast, saturation }) => brightness + contrast + saturation > 0),
      hue: jittered.some(({ hue }) => hue > 0),
    },
    grey: settings.some(({ grey }) => grey > 0),
    blurKernel: kernels.length > 0 ? Math.max(...kernels) : undefined,
    solarize: settings.some(({ solarize }) => solarize.probability > 0),
    normalization,
    cluster,
  };
}

function commonInterpolation(settings: readonly DrawSettings[]): Interpolation {
  const kinds = new Set(settings.map(({ crop }) => crop.interpolation));
  const [kind] = kinds;
  if (kind !== undefined && kinds.size === 1) return kind;
  throw new UserError(
    `Expected one interpolation for all views of an image, got ${[...kinds].join(' and ') || 'none'}.`,
    {
      hint: 'Give every view the same crop interpolation: bilinear or bicubic.',
      exitCode: 2,
    },
  );
}

function checkKernel(kernel: number, size: number): void {
  if (kernel % 2 === 1 && kernel < 2 * size) return;
  throw new UserError(
    `Expected an odd blur kernel below ${2 * size} pixels for views of ${size} pixels, got ${kernel}.`,
    { hint: 'About a tenth of the view size is usual: 23 for 224 pixels.', exitCode: 2 },
  );
}
