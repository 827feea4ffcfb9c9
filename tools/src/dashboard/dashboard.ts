// Draws the panels of the dashboard for Grafana into docs/observability.png, from what a real Prometheus answers to their
// queries: `npm run dashboard`. It takes a minute and a half, and Debian's prometheus.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderPng, renderSvg } from 'giveback-lab/pictures';
import { dashboard } from '../../../packages/giveback/dist/test/observability/helpers/dashboard.js';
import { root } from '../document.ts';
import { dashboardChart } from './chart.ts';
import { askPanels } from './panels.ts';
import { playScene } from './scene.ts';

/** What is chosen of the recyclers that the instances have. */
const CHOICE = { recycler: ['chunks', 'uploads'], rateInterval: '5s', range: '2m' };

const shown = await playScene((ask) => askPanels(dashboard.panels, CHOICE, ask));
const { chart, size } = dashboardChart(shown);
writeFileSync(join(root, 'docs', 'observability.png'), renderPng(renderSvg(chart, size)));
console.error('Wrote docs/observability.png.');
