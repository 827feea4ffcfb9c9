import { GiB, type Host, MiB } from 'giveback-lab/measure';

/** Nanoseconds with three digits or so, in the unit that suits them. */
export function timeInWords(nanoseconds: number): string {
  if (nanoseconds < 99.95) return `${nanoseconds.toFixed(1)} ns`;
  if (nanoseconds < 999.5) return `${nanoseconds.toFixed(0)} ns`;
  if (nanoseconds < 99_950) return `${(nanoseconds / 1000).toFixed(1)} µs`;
  if (nanoseconds < 999_500) return `${(nanoseconds / 1000).toFixed(0)} µs`;
  return `${(nanoseconds / 1e6).toFixed(1)} ms`;
}

/** A ratio: `1.30×`. */
export function ratioInWords(ratio: number): string {
  if (!Number.isFinite(ratio)) return '–';
  if (ratio < 9.95) return `${ratio.toFixed(2)}×`;
  if (ratio < 99.5) return `${ratio.toFixed(1)}×`;
  return `${Math.round(ratio).toLocaleString('en')}×`;
}

export function bytesInWords(bytes: number): string {
  if (bytes < 0.05) return '0';
  return bytes < 9.95 ? bytes.toFixed(1) : bytes.toFixed(0);
}

export function mebibytes(bytes: number): string {
  // Memory from before the burst may have been returned meanwhile.
  return (Math.max(0, bytes) / MiB).toFixed(0);
}

export function percent(part: number): string {
  return `${(part * 100).toFixed(part < 0.0995 && part >= 0.0005 ? 1 : 0)} %`;
}

/** `one, two and three` */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** `2 cores of an Intel Xeon, 16 GiB, linux x86_64 6.1.0` */
export function hostInWords({ cpus, cpu, memoryBytes, platform, arch, kernel }: Host): string {
  const release = kernel.split(' ')[0];
  return `${cpus} cores of an ${cpu}, ${Math.round(memoryBytes / GiB)} GiB, ${platform} ${arch} ${release}`;
}

/** `Node 24` */
export function nodeInWords(version: string): string {
  return `Node ${version.split('.')[0]}`;
}
