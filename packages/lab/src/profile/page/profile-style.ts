import { SITE_COLUMNS } from './site-row.ts';

/**
 * What the page of a profile adds to the style of all pages. Kinds of frames differ in their letters and lines in
 * their strokes, not only in colours; the colours are Okabe and Ito's, which the colour-blind can tell apart.
 */
export const PROFILE_STYLE: string = `
:root { --frame-own: #fcd9a3; --frame-eval: #fcd9a3; --frame-wasm: #fcd9a3; --frame-package: #c3dcf0; --frame-node: #e5e8ec;
  --frame-opened: #ecd0e0; --frame-api: #f3ee9f; --frame-ink: #111827; --frame-edge: #ffffff; --found: #0f172a;
  --line-resident: #0072b2; --line-external: #b35900; --line-held: #007a5a; --line-reachable: #a8457f; --line-allocated: #64748b;
  --veil: #64748b59; }
@media (prefers-color-scheme: dark) {
  :root { --frame-own: #7a4f12; --frame-eval: #7a4f12; --frame-wasm: #7a4f12; --frame-package: #1f4e74; --frame-node: #3b4657;
    --frame-opened: #6b3355; --frame-api: #5f5a10; --frame-ink: #f8fafc; --frame-edge: #172033; --found: #ffffff;
    --line-resident: #56b4e9; --line-external: #e69f00; --line-held: #2fd6a8; --line-reachable: #e48bc1; --line-allocated: #94a3b8;
    --veil: #02061799; }
}
@media print {
  :root { --frame-own: #fcd9a3; --frame-eval: #fcd9a3; --frame-wasm: #fcd9a3; --frame-package: #c3dcf0; --frame-node: #e5e8ec;
    --frame-opened: #ecd0e0; --frame-api: #f3ee9f; --frame-ink: #000000; --frame-edge: #555555; --found: #000000;
    --line-resident: #0072b2; --line-external: #b35900; --line-held: #007a5a; --line-reachable: #a8457f; --line-allocated: #64748b; }
}
[hidden] { display: none !important; }
.notes { margin: 10px 0 0; padding-left: 20px; }
figure h2 { margin: 0 0 4px; }
.minor, .place, .who { display: block; }
.minor, .place, .notes-of { color: var(--faint); font-size: 12.5px; }
.chip { padding: 1px 8px; border: 1px solid var(--link); border-radius: 10px; color: var(--link); font-size: 12px; font-weight: 400; }
button, select, input[type="search"] { padding: 3px 10px; border: 1px solid var(--faint); border-radius: 4px; color: var(--ink);
  background: var(--paper); font: inherit; font-size: 13px; }
button { cursor: pointer; }
input:focus-visible, select:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; }
#search { width: min(100%, 340px); }

.sites { table-layout: fixed; }
.sites thead th:nth-child(1) { width: 24%; }
.sites thead th:nth-child(2) { width: 13%; }
.sites thead th:nth-child(3) { width: 16%; }
.sites thead th:nth-child(4) { width: 13%; }
.sites thead th:nth-child(5) { width: 9%; }
.sites tbody th { color: var(--ink); font-size: 15px; font-weight: 400; }
.sites td { font-variant-numeric: tabular-nums; }
.sites .name { font-weight: 600; }
.sites .place { font-family: ui-monospace, monospace; }
.sites th button { margin-left: 4px; padding: 0 6px; font-size: 12px; color: var(--link); border-color: var(--rule); }
.sites .bytes { display: block; }
.bar { display: block; height: 5px; margin: 3px 0; background: linear-gradient(to right, var(--line-resident)
  calc(var(--share) * 100%), var(--rule) 0); print-color-adjust: exact; }
.sites svg { display: block; max-width: 100%; margin-top: 3px; fill: var(--line-allocated); }
.nobodys em { display: block; }
.ranged .nobodys em::after, .ranged thead th:nth-child(n + 3)::after { content: ", in the whole run"; font-weight: 400; }

.plot { position: relative; user-select: none; }
.plot .chart { height: 338px; touch-action: pan-y; cursor: crosshair; }
.area { position: absolute; top: 28px; height: 278px; left: 58px; right: 14px; pointer-events: none; }
.veil { position: absolute; top: 0; bottom: 0; background: var(--veil); }
.veil.before { left: 0; width: calc(var(--from) * 100%); }
.veil.after { right: 0; width: calc((1 - var(--to)) * 100%); }
.sliders { position: relative; height: 26px; margin: 0 4px 0 48px; }
.sliders::before { content: ""; position: absolute; left: 10px; right: 10px; top: 11px; height: 4px; border-radius: 2px;
  background: linear-gradient(to right, var(--rule) calc(var(--from) * 100%), var(--link) 0, var(--link) calc(var(--to) * 100%),
  var(--rule) 0); }
.sliders input { position: absolute; inset: 0; width: 100%; height: 26px; margin: 0; background: none; appearance: none;
  pointer-events: none; outline-offset: -2px; border-radius: 6px; }
.sliders input::-webkit-slider-thumb { appearance: none; width: 20px; height: 24px; border: 2px solid var(--link); border-radius: 5px;
  background: var(--paper); pointer-events: auto; cursor: ew-resize; }
.sliders input::-moz-range-thumb { box-sizing: border-box; width: 20px; height: 24px; border: 2px solid var(--link); border-radius: 5px;
  background: var(--paper); pointer-events: auto; cursor: ew-resize; }
.sliders input:focus-visible::-webkit-slider-thumb { background: var(--link); }
.sliders input:focus-visible::-moz-range-thumb { background: var(--link); }
.tools { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; min-height: 28px; font-size: 14px; }

details .scroll table { overflow-wrap: normal; }
details .scroll th, details .scroll td { white-space: nowrap; }
.found { font-size: 13px; }

.flames { overflow: hidden; }
.flames svg { display: block; max-width: 100%; height: auto; }
.flames .d3-flame-graph rect { stroke: var(--frame-edge); stroke-width: 1; fill-opacity: 1; print-color-adjust: exact; }
.flames .d3-flame-graph rect:hover { stroke: var(--found); }
.flames .d3-flame-graph-label { margin: 0 3px; color: var(--frame-ink); font: 12px/22px Lato, "Helvetica Neue", Arial, sans-serif;
  unicode-bidi: isolate; direction: ltr; overflow-wrap: normal; }
.flames [data-kind="own"] .d3-flame-graph-label, .flames [data-kind="eval"] .d3-flame-graph-label { font-weight: 700; }
.flames [data-kind="node"] .d3-flame-graph-label { font-style: italic; }
.flames [data-kind="api"] .d3-flame-graph-label { text-decoration: underline; }
.flames .frame { cursor: pointer; }
.flames .frame.fade rect { fill-opacity: 0.55; }
.flames .d3-flame-graph .fade { opacity: 1 !important; }
.flames .frame:focus { outline: none; }
.flames .frame:focus-visible rect, .flames .frame:focus rect { stroke: var(--found); stroke-width: 4; stroke-dasharray: none; paint-order: normal; }
.flames.searching .frame:not(.match) { opacity: 0.45; }
.flames.searching .frame.match rect { stroke: var(--found); stroke-width: 2; }
.flames.searching .frame.match .d3-flame-graph-label { font-weight: 700; text-decoration: underline; }
.detail { flex: 1 1 300px; min-height: 3.1em; margin: 0; font-size: 13px; }
.swatch { display: inline-block; width: 14px; height: 14px; border: 1px solid var(--faint); print-color-adjust: exact; }
.swatch.own { background: var(--frame-own); } .swatch.package { background: var(--frame-package); }
.swatch.node { background: var(--frame-node); } .swatch.opened { background: var(--frame-opened); }
.swatch.api { background: var(--frame-api); }

@media screen and (max-width: 760px) {
  .sites, .sites tbody, .sites tr, .sites th, .sites td { display: block; }
  .sites thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .sites tr { padding: 8px 4px; border-top: 1px solid var(--rule); }
  .sites tr:first-child { border-top: 0; }
  .sites tbody th, .sites td { padding: 3px 8px; border: 0; }
  .sites td { display: grid; grid-template-columns: 96px 1fr; column-gap: 8px; }
  .sites td > * { grid-column: 2; }
  .sites td::before { grid-row: 1 / span 4; color: var(--faint); font-size: 13px; }
  ${SITE_COLUMNS.map((name, at) => `.sites td:nth-child(${at + 1})::before { content: "${name}"; }`)
    .slice(1)
    .join(' ')}
  .detail { min-height: 4.7em; }
}
@media print {
  details .scroll td { white-space: normal; }
  .sites th, .sites td, .sites tbody th { padding: 3px 5px; font-size: 10px; }
  .minor, .place, .notes-of { font-size: 9px; }
  .veil { print-color-adjust: exact; }
  code { font-size: 9.5px; }
  .chip { font-size: 10px; }
  .tools, .detail { min-height: 0; }
  body { padding-right: 1px; }
  .beside:not(:has(details[open])) { display: none; }
}
`;
