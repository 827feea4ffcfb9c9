import { type ECharts, type EChartsOption, init } from 'echarts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Draws a chart. `annotate` adds what depends on where things have come to lie, in pixels. */
export function renderSvg(
  chart: EChartsOption,
  size: Size,
  annotate?: (drawn: ECharts) => EChartsOption,
): string {
  const canvas = init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    canvas.setOption(chart);
    if (annotate) canvas.setOption(annotate(canvas));
    return canvas.renderToSVGString();
  } finally {
    canvas.dispose();
  }
}
