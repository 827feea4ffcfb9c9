import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const { resolve } = createRequire(import.meta.url);

/** What d3-flame-graph is made of, each after those that it needs. */
const D3_PARTS = [
  'array',
  'dispatch',
  'ease',
  'format',
  'hierarchy',
  'color',
  'interpolate',
  'time',
  'time-format',
  'timer',
  'scale',
  'selection',
  'transition',
];

const FLAME_GRAPH_LICENCE =
  '/*! d3-flame-graph, https://github.com/spiermar/d3-flame-graph, Apache License 2.0, https://www.apache.org/licenses/LICENSE-2.0 */';

/** Defines `d3` and `flamegraph`. */
export function flameGraphScript(): string {
  const chart = resolve('d3-flame-graph');
  const nearChart = createRequire(chart);
  // The packages' `exports` hide their builds for browsers, which lie in `dist`, beside `src`.
  const parts = D3_PARTS.map((part) =>
    join(dirname(nearChart.resolve(`d3-${part}`)), '../dist', `d3-${part}.min.js`),
  ).map((file) => readFileSync(file, 'utf8'));
  const text = readFileSync(join(dirname(chart), 'd3-flamegraph.umd.min.js'), 'utf8');
  return [...parts, FLAME_GRAPH_LICENCE, text].join('\n');
}
