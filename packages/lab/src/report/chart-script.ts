import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);

/** ECharts with the kinds of charts that the lab draws, for a page. Defines `echarts`; begins with its licence. */
export function chartScript(): string {
  return readFileSync(resolve('echarts/dist/echarts.common.min.js'), 'utf8');
}
