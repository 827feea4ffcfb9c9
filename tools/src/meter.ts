// Loaded before a server: writes what it took of memory and time into the file that METER names.
import { writeFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';

/** What a server took while it was under load. Bytes are above those of the idle server. */
export interface Metered {
  readonly node: string;
  readonly resident: number;
  readonly arrayBuffers: number;
  /** Milliseconds. */
  readonly gcMs: number;
  readonly cpuMs: number;
}

const EVERY_MS = 20;

let gcMs = 0;
let [idle, peak] = [process.memoryUsage(), process.memoryUsage()];
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) gcMs += duration;
}).observe({ entryTypes: ['gc'] });
let cpu = process.cpuUsage();
// Sent when the server is up, and idle.
process.on('SIGUSR2', () => {
  idle = process.memoryUsage();
  peak = idle;
  gcMs = 0;
  cpu = process.cpuUsage();
});
setInterval(() => {
  const { rss, arrayBuffers } = process.memoryUsage();
  peak = {
    ...peak,
    rss: Math.max(peak.rss, rss),
    arrayBuffers: Math.max(peak.arrayBuffers, arrayBuffers),
  };
}, EVERY_MS).unref();
process.once('exit', () => {
  const { user, system } = process.cpuUsage(cpu);
  const metered: Metered = {
    node: process.version,
    resident: peak.rss - idle.rss,
    arrayBuffers: peak.arrayBuffers - idle.arrayBuffers,
    gcMs,
    cpuMs: (user + system) / 1_000,
  };
  writeFileSync(process.env.METER ?? '', JSON.stringify(metered));
});
