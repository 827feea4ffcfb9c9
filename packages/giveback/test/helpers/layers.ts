// The layers of the library, the lab and the bench, highest first. A file may import files of its own
// layer and of those below it, and from outside only what its layer lists. A new folder or top-level file
// belongs in these tables.

export interface Layer {
  /** Files, and folders with a slash at the end, relative to `src`. A file is where its innermost folder is. */
  readonly holds: readonly string[];
  /** What it may import from outside, if anything: a name, or a beginning that ends in a colon or a star. */
  readonly outside?: readonly string[];
}

export const library: readonly Layer[] = [
  { holds: ['metrics/'], outside: ['node:', 'prom-client', '@opentelemetry/api'] },
  { holds: ['testing/'] },
  { holds: ['io/', 'threads/'], outside: ['node:'] },
  { holds: ['io/forms/'], outside: ['node:', 'busboy'] },
  {
    holds: ['io/adapters/', 'io/frames/', 'io/parts/', 'threads/waiting/'],
    outside: ['node:'],
  },
  { holds: ['io/body/', 'threads/owners/'], outside: ['node:'] },
  { holds: ['io/write/', 'threads/blocks/'], outside: ['node:'] },
  { holds: ['io/chunks/', 'threads/memory/'], outside: ['node:'] },
  { holds: ['index.ts'] },
  { holds: ['buffers/'] },
  { holds: ['buffers/memory/', 'buffers/store.ts'] },
  { holds: ['leasing/', 'objects/'] },
  { holds: ['core/'] },
];

export const lab: readonly Layer[] = [
  { holds: ['cli.ts'], outside: ['commander'] },
  { holds: ['commands/'], outside: ['node:', 'commander'] },
  { holds: ['terminal/'], outside: ['node:', 'cli-progress', 'cli-table3', 'picocolors'] },
  { holds: ['profile/page/', 'profile/page/browser/'], outside: ['node:', 'echarts'] },
  { holds: ['report/'], outside: ['node:', 'echarts'] },
  { holds: ['run/'], outside: ['node:'] },
  { holds: ['analysis/'] },
  { holds: ['profile/program/'], outside: ['node:'] },
  { holds: ['profile/replay/'] },
  { holds: ['profile/outputs/'], outside: ['node:', 'pprof-format'] },
  { holds: ['profile/sites/'], outside: ['node:', '@jridgewell/trace-mapping'] },
  { holds: ['profile/lifetimes/'] },
  { holds: ['profile/trace/'], outside: ['node:'] },
  { holds: ['profile/'] },
  { holds: ['results/'], outside: ['node:'] },
  {
    holds: ['workloads/'],
    outside: ['node:', 'giveback', 'giveback/*', 'undici', 'busboy', 'multer', '@aws-sdk/*'],
  },
  { holds: ['strategies/'], outside: ['node:', 'giveback', 'giveback/*'] },
  { holds: ['pictures/'], outside: ['node:', 'echarts', '@resvg/resvg-js'] },
  { holds: ['profile/recording/'], outside: ['node:'] },
  // Loaded into programs that are recorded: it depends on nothing but Node.
  { holds: ['profile/recording/preload/'], outside: ['node:'] },
  { holds: ['profile/recording/settings.ts', 'profile/trace-format.ts'] },
  // Processes under measurement import it, so it loads nothing but Node's own modules.
  { holds: ['measure/'], outside: ['node:'] },
  { holds: ['core/'], outside: ['node:'] },
];

export const bench: readonly Layer[] = [
  { holds: ['cli.ts'], outside: ['commander'] },
  { holds: ['bench.ts'], outside: ['node:', 'giveback-lab/measure'] },
  {
    holds: ['report/'],
    outside: ['node:', 'giveback-lab/*', 'cli-table3', 'echarts', 'picocolors'],
  },
  { holds: ['run/'], outside: ['node:', 'giveback-lab/measure'] },
  { holds: ['results.ts', 'plan.ts'], outside: ['node:', 'giveback-lab/measure'] },
  { holds: ['instructions.ts', 'counted.ts'], outside: ['node:'] },
  { holds: ['measure/', 'growth/'], outside: ['node:', 'giveback', 'giveback-lab/*'] },
  { holds: ['scenarios/'], outside: ['giveback-lab/measure'] },
  // Each candidate imports the package that it measures.
  { holds: ['candidates/'], outside: ['*'] },
];
