const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** `950 B`, `64 KB`, `8.4 MB`, `1.25 GB`: units of a thousand, as everywhere in the lab. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit++;
  }
  const digits = unit < 2 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

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

/** `40 ms`, `1.5 s`, `12 min` */
export function timeText(ms: number): string {
  if (ms < 999.5) return `${Number(ms.toPrecision(2))} ms`;
  if (ms < 120_000) return `${Number((ms / 1_000).toPrecision(3))} s`;
  if (ms < 7_200_000) return `${Number((ms / 60_000).toPrecision(3))} min`;
  return `${Number((ms / 3_600_000).toPrecision(3))} h`;
}

/** The size of a buffer: `64 KiB`, `8 MiB` if it is a round one, as `bytesText` otherwise. */
export function sizeText(bytes: number): string {
  if (bytes < 1_024 || bytes % 1_024 !== 0) return bytesText(bytes);
  const kibibytes = bytes / 1_024;
  if (kibibytes < 1_024) return `${kibibytes} KiB`;
  return kibibytes % 1_024 === 0 ? `${kibibytes / 1_024} MiB` : bytesText(bytes);
}
