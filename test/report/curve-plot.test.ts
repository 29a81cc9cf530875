import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { type CurveOptions, curvePlot } from '../../src/report/curve-plot.ts';

function draw(options: Partial<CurveOptions>) {
  const svg = curvePlot({ ...{ id: 'a', title: 'Loss', points: [], format: String, epochs: 4 }, ...options });
  const { document } = parseHTML(`<body>${svg}</body>`);
  return {
    texts: [...document.querySelectorAll('text')].map((text) => text.textContent),
    dots: document.querySelectorAll('circle').length,
    description: document.querySelector('desc')?.textContent,
    svg,
  };
}

const gap = Number.NaN;

test.each([
  ['alone', [{ x: 1, y: 6.25 }]],
  ['at the right end', [{ x: 4, y: 6.25 }]],
  [
    'among many that are no numbers',
    Array.from({ length: 700 }, (_, step) => ({ x: step / 175, y: step === 351 ? 6.25 : gap })),
  ],
])('one value %s is a marker with its value beside it', (_where, points) => {
  const { texts, dots, description, svg } = draw({ points, reference: { y: 6.25, label: 'chance 6.25' } });
  expect(dots).toBe(1);
  expect(texts).toEqual(expect.arrayContaining(['6.25', 'chance 6.25']));
  expect(description).toBe('6.25, the only value; dashed line: chance 6.25.');
  expect(svg).not.toContain('NaN');
});

test('one value has its 95 % interval as a line', () => {
  const { svg, texts } = draw({
    points: [{ x: 1, y: 0.5 }],
    formatValue: (value) => `${value} exactly`,
    band: [{ x: 1, low: 0.4, high: 0.6 }],
  });
  const { document } = parseHTML(`<body>${svg}</body>`);
  expect(texts).toContain('0.5 exactly');
  expect(document.querySelectorAll('g[aria-label="rule"] line')).toHaveLength(1);
});

test('a value between two gaps is seen in a long curve too', () => {
  const points = Array.from({ length: 100 }, (_, step) => ({ x: step, y: step > 48 && step < 52 ? gap : step }));
  expect(draw({ points, epochs: 100 }).dots).toBe(0);
  points[50] = { x: 50, y: 1 };
  expect(draw({ points, epochs: 100 }).dots).toBe(1);
});

test.each([
  ['a share', [0, 0.0021], (value: number, more = 0) => `${(100 * value).toFixed(1 + more)} %`],
  ['a loss', [6.2501, 6.2532], (value: number, more = 0) => value.toFixed(2 + more)],
])('no two lines of the axis of %s read the same', (_, values, format) => {
  const { texts } = draw({ points: values.map((y, i) => ({ x: i, y })), format });
  const own = texts.filter((text) => /^\d+\.\d+(?: %)?$/.test(text ?? ''));
  expect(own.length).toBeGreaterThan(2);
  expect(new Set(own).size).toBe(own.length);
});
