import { FAINT, FONT, INK, RULE } from 'giveback-lab/pictures';

const COLORS = { giveback: '#2563eb', plain: '#f08c00', held: '#dc2626' };
const SIZE = { width: 960, height: 640 };
const PANELS = [
  { top: 104, height: 250 },
  { top: 420, height: 160 },
];

/** Resident memory and the event loop's delay over the minutes, with the library and without. */
export function soakChart(recycled, plain, warmUp) {
  const minutes = Math.ceil(recycled.at(-1).second / 60);
  const chart = {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT, color: INK },
    title: {
      text: `${minutes} minutes of everything at once`,
      subtext: 'the same traffic in two processes, side by side; a point every 10 s',
      left: 16,
      top: 8,
      itemGap: 4,
      textStyle: { fontFamily: FONT, fontSize: 20, lineHeight: 26, color: INK },
      subtextStyle: { fontFamily: FONT, fontSize: 13, lineHeight: 18, color: FAINT },
    },
    legend: {
      top: 66,
      left: 'center',
      icon: 'rect',
      itemWidth: 22,
      itemHeight: 3,
      itemGap: 18,
      textStyle: { fontSize: 13 },
    },
    grid: PANELS.map((panel) => ({ left: 84, right: 32, ...panel })),
    xAxis: PANELS.map((_, index) => minuteAxis(index, minutes)),
    yAxis: [
      { ...valueAxis(0, 'resident, MiB'), min: 0 },
      // Pauses differ by orders of magnitude, with whatever else the machine does.
      { ...valueAxis(1, 'delay, p99, ms'), type: 'log' },
    ],
    series: [
      { ...line('with giveback', COLORS.giveback, 0, recycled, resident), ...warming(warmUp) },
      line('of which lent and idle', COLORS.held, 0, recycled, held),
      line('without', COLORS.plain, 0, plain, resident),
      { ...line('with giveback', COLORS.giveback, 1, recycled, delay), ...warming(warmUp) },
      line('without', COLORS.plain, 1, plain, delay),
    ],
  };
  return [chart, SIZE];
}

const MiB = 1024 * 1024;
const resident = ({ rss }) => rss / MiB;
const held = ({ lentBytes, idleBytes }) => (lentBytes + idleBytes) / MiB;
const delay = ({ delayP99 }) => delayP99;

function line(name, color, panel, samples, pick) {
  return {
    type: 'line',
    name,
    color,
    lineStyle: { width: panel === 0 ? 2 : 1.25 },
    showSymbol: false,
    xAxisIndex: panel,
    yAxisIndex: panel,
    data: samples.map((sample) => [sample.second / 60, Number(pick(sample).toFixed(2))]),
  };
}

/** Grey until what is measured counts. */
function warming(warmUp) {
  return {
    markArea: {
      silent: true,
      itemStyle: { color: RULE, opacity: 0.6 },
      label: { color: FAINT, fontSize: 11, position: 'insideTop' },
      data: [[{ name: 'warm-up', xAxis: 0 }, { xAxis: warmUp / 60 }]],
    },
  };
}

function minuteAxis(gridIndex, minutes) {
  const isLast = gridIndex === PANELS.length - 1;
  return {
    type: 'value',
    gridIndex,
    min: 0,
    max: minutes,
    name: isLast ? 'minutes' : '',
    nameLocation: 'middle',
    nameGap: 30,
    nameTextStyle: { fontSize: 13, color: INK },
    axisLabel: { fontSize: 12, color: FAINT },
    axisLine: { lineStyle: { color: FAINT } },
    splitLine: { show: false },
  };
}

function valueAxis(gridIndex, name) {
  return {
    type: 'value',
    gridIndex,
    name,
    nameLocation: 'middle',
    nameGap: 52,
    nameTextStyle: { fontSize: 13, color: INK },
    axisLabel: { fontSize: 12, color: FAINT },
    splitLine: { lineStyle: { color: RULE } },
  };
}
