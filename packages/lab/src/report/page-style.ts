/**
 * The style of every page that the lab writes: readable on a phone, in the dark and on paper. Colours are variables, and
 * what is wider than the page scrolls in an element of class `scroll`.
 */
export const PAGE_STYLE: string = `
:root { color-scheme: light dark; --ink: #1e293b; --faint: #56657a; --rule: #e2e8f0; --page: #f8fafc; --paper: #ffffff;
  --best: #15803d; --bad: #b91c1c; --link: #1d4ed8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e2e8f0; --faint: #9aa8bc; --rule: #334155; --page: #0f172a; --paper: #172033; --best: #4ade80;
    --bad: #fca5a5; --link: #93c5fd; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1200px; padding: 32px 20px 64px; color: var(--ink); background: var(--page);
  font: 15px/1.55 Lato, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0 0 8px; font-size: 28px; line-height: 1.2; }
h2 { margin: 40px 0 12px; font-size: 19px; }
h3 { margin: 0; font-size: 17px; }
p { margin: 4px 0; }
a { color: var(--link); }
code { font-family: ui-monospace, monospace; font-size: 13px; }
.facts, figcaption { color: var(--faint); }
.facts + .finding { margin-top: 16px; }
.finding { font-size: 18px; font-weight: 600; }
.scroll { overflow-x: auto; }
.scroll:focus-visible, summary:focus-visible, button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; background: var(--paper); border: 1px solid var(--rule); }
caption { padding: 6px 0; text-align: left; color: var(--faint); font-size: 13px; }
th, td { padding: 7px 10px; text-align: left; border-top: 1px solid var(--rule); vertical-align: top; }
th { font-size: 13px; color: var(--faint); }
.figures th, .figures td { white-space: nowrap; font-variant-numeric: tabular-nums; text-align: right; }
.figures .name { text-align: left; color: var(--ink); }
.figures tbody .name { font-size: 15px; font-weight: 400; }
.failed, .figures td.failed { color: var(--bad); text-align: left; }
.figures tr.winner td, .figures tr.winner .name { color: var(--best); font-weight: 600; }
.range { display: block; color: var(--faint); font-size: 12px; font-weight: 400; }
.mapping th { white-space: nowrap; font-family: ui-monospace, monospace; font-size: 13px; font-weight: 400; color: var(--ink); }
figure { margin: 20px 0 0; padding: 14px 16px 10px; background: var(--paper); border: 1px solid var(--rule); }
figcaption { font-size: 13px; }
details { margin-top: 6px; font-size: 13px; }
summary { cursor: pointer; color: var(--faint); }
details table { margin-top: 6px; }
details th, details td { padding: 3px 8px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 8px; margin: 8px 0 0; padding: 0; list-style: none; font-size: 13px; }
.legend button, .legend span { display: inline-flex; align-items: center; gap: 6px; padding: 2px 6px; border: 1px solid transparent;
  border-radius: 4px; color: inherit; background: none; font: inherit; }
.legend button { cursor: pointer; }
.legend button:hover { border-color: var(--rule); }
.legend button[aria-pressed="false"] { text-decoration: line-through; opacity: 0.55; }
@media (max-width: 560px) {
  .one-runtime .runtime { display: none; }
  .figures .strategy { position: sticky; left: 0; background: var(--paper); }
  body { padding: 16px 12px 40px; }
  h1 { font-size: 22px; }
  .finding { font-size: 16px; }
  figure { padding: 10px 8px 8px; }
  th, td { padding: 6px 7px; }
  .mapping, .mapping tbody, .mapping tr, .mapping th, .mapping td { display: block; border-top: 0; }
  .mapping tr { padding: 6px 0; border-top: 1px solid var(--rule); }
  .mapping th, .mapping td { padding: 0 8px; }
}
@media print {
  :root { color-scheme: light; --ink: #000000; --faint: #444444; --rule: #cccccc; --page: #ffffff; --paper: #ffffff;
    --best: #14532d; --bad: #7f1d1d; --link: #000000; }
  body { max-width: none; padding: 0; font-size: 11px; }
  .scroll { overflow: visible; }
  .figures th, .figures td, .figures tbody .name { padding: 2px 3px; font-size: 9px; }
  .range { font-size: 8px; }
  .screen-only, details:not([open]) { display: none; }
  h2, h3 { break-after: avoid; }
  figure, tr { break-inside: avoid; }
}
`;
