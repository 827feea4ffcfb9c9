import { type EChartsOption, init } from 'echarts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export function renderSvg(chart: EChartsOption, size: Size): string {
  const canvas = init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    canvas.setOption(chart);
    return canvas.renderToSVGString();
  } finally {
    canvas.dispose();
  }
}
