import { cpus, machine, release, totalmem, version } from 'node:os';
import type { Host } from './results.ts';

/** The machine, as far as it bears on the figures. Its name and users do not. */
export function describeHost(): Host {
  const processors = cpus();
  return {
    platform: process.platform,
    arch: machine(),
    kernel: `${release()} ${version()}`,
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cpus: processors.length,
    memoryBytes: totalmem(),
  };
}
