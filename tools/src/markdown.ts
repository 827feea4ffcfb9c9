/** A table in Markdown. Figures stand to the right, where `align` says so. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: 'left' | 'right' = 'left',
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, index) => (align === 'left' || index === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

/** `Node 20.20.2`, of `v20.20.2`. */
export function nodeName(version: string): string {
  return version.replace(/^v/, 'Node ');
}

export function formatCount(number: number): string {
  return Math.round(number).toLocaleString('en');
}

export function formatPercent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** `+14.5 (+8.7 to +19.6)`: a slope, and the limits between which it lies. */
export function formatSlope({
  slope,
  low,
  high,
}: Record<'slope' | 'low' | 'high', number>): string {
  return `${signed(slope)} (${signed(low)} to ${signed(high)})`;
}

function signed(number: number): string {
  return `${number < 0 ? '−' : '+'}${Math.abs(number).toFixed(1)}`;
}
