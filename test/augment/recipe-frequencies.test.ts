import { expect, test } from 'vitest';
import { drawView, type ViewDraw } from '../../src/augment/draw.ts';
import { RECIPE_NAMES } from '../../src/config/recipes.ts';
import { viewSettings } from '../../src/config/resolve-views.ts';
import { randomStream } from '../../src/util/rng.ts';
import { load } from '../config/problems.ts';

const SAMPLES = 20_000;

type Kind = 'flip' | 'jitter' | 'grey' | 'blur' | 'solarize';

const ASYMMETRIC = { mocov3: [1, 0.1], byol: [1, 0.1], 'mocov3-cifar': [0, 0], 'byol-cifar': [0, 0] } as const;
const BLURRED = ['simclr', 'mocov2', 'simclr-cifar-strong', 'mocov2plus-cifar'];

/** The probabilities in view `v`, from the papers rather than from the code. */
function probabilities(name: (typeof RECIPE_NAMES)[number], v: 0 | 1): Record<Kind, number> {
  const blurs = name in ASYMMETRIC ? ASYMMETRIC[name as keyof typeof ASYMMETRIC] : undefined;
  return {
    flip: 0.5,
    jitter: name === 'mocov1' ? 1 : 0.8,
    grey: name === 'simclr-cifar-short' ? 0.1 : 0.2,
    blur: blurs ? blurs[v] : BLURRED.includes(name) ? 0.5 : 0,
    solarize: blurs && v === 1 ? 0.2 : 0,
  };
}

const happened: Readonly<Record<Kind, (draw: ViewDraw) => boolean>> = {
  flip: ({ flip }) => flip,
  jitter: ({ jitter }) => jitter !== undefined,
  grey: ({ grey }) => grey,
  blur: ({ blur }) => blur !== undefined,
  solarize: ({ solarize }) => solarize !== undefined,
};

/** Expects a share of `SAMPLES` within 5 standard errors of `p`, and exactly 0 or 1 where nothing is left to chance. */
function expectShare(count: number, p: number, what: string): void {
  expect(Math.abs(count / SAMPLES - p), what).toBeLessThanOrEqual(5 * Math.sqrt((p * (1 - p)) / SAMPLES));
}

test.each(RECIPE_NAMES)(
  '%s draws each view with the probabilities of its paper, the two views independently',
  (name) => {
    const settings = viewSettings(load(`data: {path: x}\nmethod: {name: simclr}\nviews: {recipe: ${name}}`).views);
    const draws = settings.map((view, v) =>
      Array.from({ length: SAMPLES }, (_, sample) => drawView(view, 48, 40, randomStream(3, 1, sample, v))),
    ) as [ViewDraw[], ViewDraw[]];
    for (const [kind, happens] of Object.entries(happened) as [Kind, (draw: ViewDraw) => boolean][]) {
      const [p, q] = [probabilities(name, 0)[kind], probabilities(name, 1)[kind]];
      expectShare(draws[0].filter(happens).length, p, `${kind} in the first view`);
      expectShare(draws[1].filter(happens).length, q, `${kind} in the second view`);
      const both = draws[0].filter((draw, i) => happens(draw) && happens(draws[1][i] as ViewDraw)).length;
      expectShare(both, p * q, `${kind} in both views`);
    }
  },
);
