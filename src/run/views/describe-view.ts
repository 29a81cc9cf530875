import type { ViewSettings } from '../../config/view-settings.ts';

/** What can happen to a view, in words. */
export function describeView({ crop, flip, jitter, grey, blur, solarize }: ViewSettings): string {
  const { brightness, contrast, saturation, hue } = jitter;
  const parts: readonly (string | false)[] = [
    `crop ${crop.area.join('-')} of the area (${crop.interpolation})`,
    flip > 0 && `flip ${flip}`,
    jitter.probability > 0 && `jitter ${[brightness, contrast, saturation, hue].join('/')} @${jitter.probability}`,
    grey > 0 && `grey ${grey}`,
    blur.probability > 0 && `blur ${blur.sigma.join('-')} px, kernel ${blur.kernel} @${blur.probability}`,
    solarize.probability > 0 && `solarize ${solarize.threshold} @${solarize.probability}`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}
