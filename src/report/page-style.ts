/** The report's style sheet: system fonts, one accent, light and dark, phone first, printable. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --text: #1c2127; --muted: #5c6670; --line: #e2e6ea; --panel: #f6f7f9;
  --accent: #0b62b8; --alert: #9a3412; --alert-panel: #fdf3ec;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --text: #e4e8ec; --muted: #9aa5b1; --line: #2b323a; --panel: #1c2229;
    --accent: #6cb2f7; --alert: #f5a97f; --alert-panel: #2a211c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.1rem 3rem; max-width: 60rem; background: var(--paper); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%; overflow-wrap: break-word;
}
h1 { margin: .3rem 0 .9rem; font-size: clamp(1.1rem, .95rem + .9vw, 1.5rem); line-height: 1.32; font-weight: 650; text-wrap: pretty; }
h1 .sentence { display: block; }
h1 .sentence + .sentence { margin-top: .35em; }
h2 { margin: 2.6rem 0 .8rem; padding-top: .9rem; border-top: 1px solid var(--line); font-size: 1.1rem; font-weight: 650; }
h3 { margin: 1.4rem 0 .4rem; font-size: .95rem; font-weight: 650; }
p { margin: .5rem 0; max-width: 46rem; }
.eyebrow, .sub, .note, figcaption, footer { color: var(--muted); }
.finding { margin: .35rem 0; }
details { margin: 1.2rem 0 0; }
summary { width: fit-content; color: var(--accent); cursor: pointer; }
.eyebrow { margin: 0; font-size: .85rem; }
.note, footer { font-size: .88rem; }
.alert { margin: 1rem 0; padding: .6rem .9rem; background: var(--alert-panel); color: var(--alert); border-left: 3px solid var(--alert); max-width: none; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: .88rem; }
figure > figcaption:first-child { margin-bottom: .1rem; color: var(--text); font-weight: 600; }
figcaption small { margin-left: .5em; font-size: .8rem; font-weight: 400; color: var(--muted); }
.charts { display: grid; gap: 1.6rem 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
.chart { display: block; width: 100%; height: auto; max-width: 100%; }
.chart text { white-space: pre; }
.wide { display: none; }
@media (min-width: 46rem) { .wide { display: block; } .narrow { display: none; } }
.scroll { overflow-x: auto; }
.keep { white-space: nowrap; }
.scroll + .scroll { margin-top: 1.4rem; }
figure + .scroll { margin-top: 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th, td { padding: .38rem .8rem .38rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--muted); font-size: .83rem; white-space: nowrap; }
th.number, td.number { text-align: right; white-space: nowrap; }
tr.ours td { font-weight: 650; }
@media (max-width: 30rem) { table { font-size: .8rem; } th { font-size: .74rem; } th, th.number { white-space: normal; } th, td { padding-right: .4rem; } th:last-child, td:last-child { padding-right: 0; } #results td { white-space: nowrap; } td code { font-size: .72rem; } dl:not(.facts) { grid-template-columns: 7.5rem 1fr; } }
dl { display: grid; grid-template-columns: minmax(7.5rem, max-content) 1fr; gap: .28rem 1.2rem; margin: .6rem 0; font-size: .93rem; }
dt { color: var(--muted); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.facts { grid-template-columns: 1fr 1fr; gap: 1rem 1.4rem; margin: 1rem 0 1.8rem; }
@media (min-width: 40rem) { .facts { grid-template-columns: repeat(4, 1fr); } }
.facts div { min-width: 0; }
.facts dt { font-size: .83rem; }
.facts dd { font-size: 1.12rem; font-weight: 600; line-height: 1.3; }
.facts dd small { display: block; font-size: .8rem; font-weight: 400; color: var(--muted); }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; font-size: .84rem; }
pre { margin: 0; padding: .9rem 1rem; max-height: 30rem; overflow: auto; background: var(--panel); border-radius: 6px; line-height: 1.5; }
td code { overflow-wrap: anywhere; }
a { color: var(--accent); }
.views { display: block; max-width: 100%; height: auto; border-radius: 4px; image-rendering: pixelated; }
@media (max-width: 46rem) { .views { image-rendering: auto; } }
footer { margin-top: 3rem; padding-top: .9rem; border-top: 1px solid var(--line); }
@media print {
  :root {
    color-scheme: light;
    --paper: #ffffff; --text: #000000; --muted: #444444; --line: #cccccc; --panel: #ffffff; --accent: #0b4f94;
    --alert: #7c2d12; --alert-panel: #ffffff;
  }
  body { max-width: none; padding: 0; font-size: 10pt; }
  h2, h3 { break-after: avoid; }
  figure, tr, .alert { break-inside: avoid; }
  .wide { display: block; } .narrow { display: none; }
  .facts { grid-template-columns: repeat(4, 1fr); }
  .charts { grid-template-columns: 1fr 1fr; }
  summary { list-style: none; color: var(--text); font-weight: 600; }
  details::details-content { content-visibility: visible; block-size: auto; }
  pre { max-height: none; padding: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
}
`;
