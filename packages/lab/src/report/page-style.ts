export const PAGE_STYLE: string = `
:root { --ink: #1e293b; --faint: #64748b; --rule: #e2e8f0; --best: #15803d; }
body { margin: 0 auto; max-width: 1080px; padding: 32px 20px 64px; color: var(--ink); background: #f8fafc;
  font: 15px/1.55 Lato, "Helvetica Neue", Arial, sans-serif; }
h1 { margin: 0; font-size: 28px; }
h2 { margin: 40px 0 12px; font-size: 19px; }
p { margin: 4px 0; }
.facts, figcaption { color: var(--faint); }
.facts + .finding { margin-top: 16px; }
.finding { font-size: 18px; font-weight: 600; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; background: #fff; border: 1px solid var(--rule); }
th, td { padding: 7px 10px; text-align: left; border-top: 1px solid var(--rule); vertical-align: top; }
th { white-space: nowrap; font-size: 13px; color: var(--faint); }
.figures td { white-space: nowrap; font-variant-numeric: tabular-nums; }
.figures td:nth-child(n + 3), .figures th:nth-child(n + 3) { text-align: right; }
.figures td.failed { text-align: left; white-space: normal; color: #b91c1c; }
.figures tr.winner td { color: var(--best); font-weight: 600; }
.mapping td:first-child { white-space: nowrap; font-family: ui-monospace, monospace; font-size: 13px; }
figure { margin: 20px 0 0; padding: 4px; background: #fff; border: 1px solid var(--rule); }
figcaption { padding: 0 12px 8px; font-size: 13px; }
code { font-family: ui-monospace, monospace; font-size: 13px; }
`;
