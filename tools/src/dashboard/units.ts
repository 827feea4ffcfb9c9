/** A step that makes some five ticks up to the highest value: a round number of the unit. */
export function tickStep(highest: number, unit: string): number {
  if (unit === 'percentunit') return 0.25;
  const isBytes = unit === 'bytes';
  const steps = isBytes ? [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] : [1, 2, 5];
  // Only of times the parts are worth a tick.
  let power = unit === 's' ? 0.001 : 1;
  for (;;) {
    const step = steps.find((each) => each * power >= highest / 5);
    if (step !== undefined) return step * power;
    power *= isBytes ? 1024 : 10;
  }
}

/** How a value of a panel is written, by the panel's unit as Grafana calls it. */
export function withUnit(value: number, unit: string): string {
  switch (unit) {
    case 'bytes':
      return scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB']);
    case 's':
      return value === 0 || value >= 1 ? `${short(value)} s` : `${short(value * 1000)} ms`;
    case 'percentunit':
      return `${short(value * 100)}%`;
    case 'ops':
      return `${scaled(value, 1000, ['', 'k', 'M'])}/s`;
    default:
      return short(value);
  }
}

function scaled(value: number, step: number, units: readonly string[]): string {
  const index =
    value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(value) / Math.log(step)));
  return `${short(value / step ** index)} ${units[index]}`.trim();
}

/** At most three digits that count. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
