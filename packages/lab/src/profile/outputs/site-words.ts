import { formatBytes, formatTime } from '../../core/units.ts';
import type { Held, Site, Sizes } from '../profile-format.ts';

/** `one size, 8.39 MB`, `sizes vary, 5–10 MB`. */
export function sizeWords({ p5, p50, p95 }: Sizes): string {
  if (p95 <= p5 * 1.05) return `one size, ${formatBytes(p50)}`;
  const [least, most] = [formatBytes(p5), formatBytes(p95)];
  const [number, unit] = least.split(' ');
  return `sizes vary, ${most.endsWith(` ${unit}`) ? number : least}–${most}`;
}

/** `, held 40 ms`; nothing where no look was taken. */
export function heldWords(held: Held | null): string {
  if (held === null) return '';
  return `, held ${heldTime(held)}`;
}

/** The median, or what is known of it: `40 ms`, `≤ 12 ms`, `longer than watched`. */
export function heldTime({ p50 }: Held): string {
  if (p50.ms === null) return 'longer than could be watched';
  if (p50.lowMs === 0 && p50.highMs !== null) return `≤ ${time(p50.highMs)}`;
  return time(p50.ms);
}

/** `server.js:14 readAll`. */
export function placeWords({ file, line, name }: Pick<Site, 'file' | 'line' | 'name'>): string {
  return `${file}:${line}${name === '(anonymous)' ? '' : ` ${name}`}`;
}

/** To two digits: the estimate has no more. */
function time(ms: number): string {
  return formatTime(Number(ms.toPrecision(2)));
}
