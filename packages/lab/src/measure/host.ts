import { cpus, machine, release, totalmem, version } from 'node:os';

/** The machine, as far as it bears on the figures. */
export interface Host {
  readonly platform: string;
  readonly arch: string;
  readonly kernel: string;
  /** The model of the first processor. */
  readonly cpu: string;
  /** How many processors there are. */
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** Describes this machine without its name and its users. */
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
