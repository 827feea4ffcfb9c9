import { INK } from 'giveback-lab/pictures';
import type { Line, Shown } from './panels.ts';

/** Grafana's names of colours, as the overrides of the panels use them; and its order for what has none. */
const COLORS: Readonly<Record<string, string>> = {
  blue: '#5794f2',
  green: '#73bf69',
  orange: '#ff9830',
  purple: '#a352cc',
  red: '#e02f44',
  'dark-green': '#37872d',
  text: INK,
};
const PALETTE = ['#73bf69', '#e0b400', '#5794f2', '#ff780a', '#e02f44', '#8f3bb8', '#37872d'];

/** The style of a line, as the panel and its overrides give it. */
interface Style {
  readonly color: string;
  readonly isBar: boolean;
  readonly isStacked: boolean;
  readonly fill: number;
  readonly isDashed: boolean;
}

/** Series of one name would share their place in all legends, so the panel's number stands before it. */
export function idOf(name: string, index: number): string {
  return `${index}|${name}`;
}

/** What a panel draws, from `start` in Unix seconds on. */
export function seriesOf({ panel, lines }: Shown, index: number, start: number): object[] {
  return lines.map((line, at) => drawLine(line, styleOf(panel, line, at), index, start));
}

/** The highest value that a panel shows, stacked ones on top of each other. */
export function highestOf({ panel, lines }: Shown): number {
  const tops = new Map<number, number>();
  let highest = 0;
  for (const [at, line] of lines.entries()) {
    const { isStacked } = styleOf(panel, line, at);
    for (const [time, value] of line.samples) {
      if (!Number.isFinite(value)) continue;
      const top = value + (isStacked ? (tops.get(time) ?? 0) : 0);
      if (isStacked) tops.set(time, top);
      highest = Math.max(highest, top);
    }
  }
  return highest;
}

function drawLine(line: Line, style: Style, index: number, start: number): object {
  const { color, isBar, isStacked, fill, isDashed } = style;
  return {
    type: isBar ? 'bar' : 'line',
    name: idOf(line.name, index),
    color,
    xAxisIndex: index,
    yAxisIndex: index,
    ...(isStacked ? { stack: `${index}`, stackStrategy: 'all' } : {}),
    ...(isBar
      ? { barWidth: 5, itemStyle: { opacity: 0.85 } }
      : {
          showSymbol: false,
          lineStyle: { width: isStacked ? 1 : 2, type: isDashed ? 'dashed' : 'solid' },
          ...(fill > 0 ? { areaStyle: { opacity: fill / 100 } } : {}),
        }),
    // What was not a number, as a quantile of nothing, is a gap.
    data: line.samples.map(([time, value]) => [
      Number((time - start).toFixed(3)),
      Number.isFinite(value) ? value : null,
    ]),
  };
}

interface Field {
  readonly custom?: {
    readonly drawStyle?: string;
    readonly fillOpacity?: number;
    readonly stacking?: { readonly mode: string };
  };
}

interface Override {
  readonly matcher: { readonly options: string };
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

function styleOf(panel: Shown['panel'], line: Line, at: number): Style {
  const { defaults, overrides } = panel.fieldConfig;
  const { custom = {} } = defaults as Field;
  const own = (overrides as readonly Override[]).find(
    ({ matcher }) => matcher.options === line.name,
  );
  const property = (id: string): unknown => own?.properties.find((each) => each.id === id)?.value;
  const stacking = (property('custom.stacking') ?? custom.stacking) as { mode: string } | undefined;
  const color = property('color') as { fixedColor: string } | undefined;
  return {
    color: COLORS[color?.fixedColor ?? ''] ?? PALETTE[at % PALETTE.length] ?? INK,
    isBar: custom.drawStyle === 'bars',
    isStacked: stacking?.mode === 'normal',
    fill: Number(
      property('custom.fillOpacity') ?? (panel.type === 'stat' ? 20 : custom.fillOpacity),
    ),
    isDashed: property('custom.lineStyle') !== undefined,
  };
}
