export const KiB = 1024;
export const MiB: number = 1024 * KiB;
export const GiB: number = 1024 * MiB;

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

const MILLISECONDS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['sec', 1_000],
  ['m', 60_000],
  ['min', 60_000],
  ['h', 3_600_000],
]);

/** Reads `10ms`, `1.5s`, `10 m`, `1h` as milliseconds. A number without a unit is not a time. */
export function parseTime(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text.trim().toLowerCase());
  const factor = MILLISECONDS.get(match?.[2] ?? '');
  return factor === undefined ? undefined : Number(match?.[1]) * factor;
}

/** Milliseconds in the unit that suits them: `10 ms`, `6 s`, `10 min`. */
export function formatTime(ms: number): string {
  if (ms < 1_000) return `${tidy(ms)} ms`;
  if (ms < 120_000) return `${tidy(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${tidy(ms / 60_000)} min`;
  return `${tidy(ms / 3_600_000)} h`;
}

/** Bytes as megabytes of a million bytes, as in the article, to two decimals. */
export function megabytes(bytes: number): number {
  return Math.round(bytes / 10_000) / 100;
}

export function formatMegabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
}

const BYTES: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['kib', KiB],
  ['mib', MiB],
  ['gib', GiB],
]);

/** Reads `512KiB`, `1.5 MB` or `4096` as bytes. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(text.trim().toLowerCase());
  const factor = BYTES.get(match?.[2] ?? 'none');
  return factor === undefined ? undefined : Math.round(Number(match?.[1]) * factor);
}

/** Bytes in the unit that suits them, to three digits: `512 B`, `65.5 KB`, `8.39 MB`, `12.3 GB`. A KB is 1,000 bytes. */
export function formatBytes(bytes: number): string {
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 0), 4);
  const number = Number((bytes / 1_000 ** power).toPrecision(3));
  // 999,700 bytes are 1,000 KB when rounded.
  if (number >= 1_000 && power < 4) return `1 ${UNITS[power + 1]}`;
  return `${number.toLocaleString('en')} ${UNITS[power]}`;
}

export function formatRatio(ratio: number): string {
  return Number.isFinite(ratio) ? `${ratio.toFixed(2)}×` : '–';
}

export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

function tidy(number: number): string {
  return String(Number(number.toPrecision(number < 1 ? 2 : 3)));
}
