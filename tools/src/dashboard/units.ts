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
