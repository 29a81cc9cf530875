import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** A chart as SVG text, coloured by the page's custom properties `--accent`, `--muted`, `--line` and `--text`. */
export type Svg = string;

/** What an image says to those who can't see it. */
export interface Words {
  id: string;
  title: string;
  description: string;
}

/** Draws a chart without a browser, with a title and a description inside; texts are escaped. */
export function drawPlot(options: Plot.PlotOptions, words: Words): Svg {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({
    document,
    className: 'chart',
    style: { fontSize: '12px', color: 'var(--text)' },
    ...options,
  } as Plot.PlotOptions);
  const named = (tag: 'title' | 'desc', text: string) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    element.setAttribute('id', `${words.id}-${tag}`);
    element.textContent = text;
    return element;
  };
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-labelledby', `${words.id}-title ${words.id}-desc`);
  // The page styles the charts; Plot's own sheet would be repeated in each.
  svg.querySelector('style')?.remove();
  svg.prepend(named('title', words.title), named('desc', words.description));
  return svg.outerHTML;
}
