/** `34%`, `3.4%`, `<0.1%` */
export function shareText(share: number): string {
  const percent = share * 100;
  if (!(percent > 0)) return '0%';
  if (percent < 0.1) return '<0.1%';
  return `${percent.toFixed(percent < 9.95 ? 1 : 0)}%`;
}

/** `±5%` of the figure itself; nothing for what is exact. */
export function errorText(error: number): string {
  if (error === 0) return '';
  const percent = error * 100;
  return `±${percent.toFixed(percent < 0.95 ? 1 : 0)}%`;
}
