/**
 * What nineteen in twenty readings of memory do not exceed. The highest of all is the garbage of one moment: two runs of
 * the same program differ in it by a third.
 */
export function highOf(readings: readonly number[]): number {
  const sorted = [...readings].sort((a, b) => a - b);
  return sorted[Math.ceil(0.95 * sorted.length) - 1] ?? 0;
}
