/// <reference lib="dom" />
// Runs in the report's page, which contains the compiled text of this file. It makes the charts interactive: hover,
// zoom, and lines that hide when their name is clicked.
import type * as ECharts from 'echarts';

declare const echarts: typeof ECharts;

interface Tooltipped {
  readonly seriesName: string;
  readonly marker: string;
  readonly value: number | readonly [tick: number, value: number];
}

const descriptions: Record<string, ECharts.EChartsOption> = JSON.parse(
  document.getElementById('charts')?.textContent ?? '{}',
);

for (const [name, description] of Object.entries(descriptions)) {
  const element = document.getElementById(name);
  if (!element) continue;
  const chart = echarts.init(element);
  chart.setOption(name === 'compare' ? hoverable(description, 'item') : zoomable(description));
  // Hovering, zooming and hiding a line in one trial's chart does the same in all of them.
  if (name !== 'compare') chart.group = 'trials';
  addEventListener('resize', () => chart.resize());
}
echarts.connect('trials');

function zoomable(description: ECharts.EChartsOption): ECharts.EChartsOption {
  const slider = { type: 'slider' as const, bottom: 12, height: 22, filterMode: 'none' as const };
  return {
    ...hoverable(description, 'axis'),
    grid: { ...(description.grid as object), bottom: 96 },
    // A wheel alone scrolls the page, as it does beside the charts.
    dataZoom: [{ type: 'inside', filterMode: 'none', zoomOnMouseWheel: 'ctrl' }, slider],
  };
}

function hoverable(
  description: ECharts.EChartsOption,
  trigger: 'axis' | 'item',
): ECharts.EChartsOption {
  const formatter = (hovered: unknown): string => {
    const points = [hovered].flat() as Tooltipped[];
    const tick = Array.isArray(points[0]?.value) ? [`tick ${points[0].value[0]}`] : [];
    return [...tick, ...points.map(describe)].join('<br>');
  };
  return { ...description, tooltip: { trigger, formatter, confine: true } };
}

function describe({ seriesName, marker, value }: Tooltipped): string {
  const number = typeof value === 'number' ? value : value[1];
  const text = number.toLocaleString('en', { maximumFractionDigits: 1 });
  return `${marker}${seriesName} <b>${text}${seriesName === 'makes' ? '' : ' MB'}</b>`;
}
