import type { EChartsOption } from 'echarts';
import type { Size } from '../pictures/svg.ts';

/** A chart, described once for the SVG, the PNG and the page. */
export interface NamedChart {
  /** The name of its files without extension: `none-node-20.20.2`. */
  readonly name: string;
  readonly title: string;
  readonly subtitle: string;
  readonly chart: EChartsOption;
  readonly size: Size;
  /** The numbers in it, for those who cannot see it. */
  readonly data: ChartData;
}

export interface ChartData {
  readonly head: readonly string[];
  /** The first cell of each names the row. */
  readonly rows: readonly (readonly string[])[];
}
