import { smallViewSettings, viewSettings } from '../../../config/resolve-views.ts';
import type { ViewSettings } from '../../../config/view-settings.ts';
import type { CheckedRun, SettingProblems } from './checked-run.ts';

function checkKernel(section: string, { size, blur }: ViewSettings): string | false {
  const { kernel, probability } = blur;
  return (
    probability > 0 &&
    kernel >= 2 * size &&
    `${section}.blur.kernel: ${kernel} pixels are too wide for views of ${size}; at most: ${2 * size - 1}; usual: auto, a tenth of the view`
  );
}

/** Blurs that reach beyond the reflected image, and filters that differ between views which are resized together. */
export function checkViews({ config: { views } }: CheckedRun): SettingProblems {
  const [first, second] = viewSettings(views);
  const own = views.second?.blur?.kernel === undefined && views.second?.blur?.probability === undefined;
  const [small] = smallViewSettings(views);
  const errors = [
    checkKernel('views', first),
    !own && checkKernel('views.second', second),
    small !== undefined && checkKernel('views.small', small),
    first.crop.interpolation !== second.crop.interpolation &&
      `views.second.crop.interpolation: ${second.crop.interpolation} differs from the first view's ${first.crop.interpolation}, and one filter resizes both; usual: the same`,
  ];
  return { errors: [...new Set(errors.filter((error) => error !== false))], warnings: [] };
}
