import type { Estimate, Frame, Profile, Site, Stack } from '../../../src/profile/profile-format.ts';

// A profile as large as asked for, with what a trace may hold.

export const COLUMNS = 120;
const STEP_MS = 50;
const ANCESTORS = 6;

export interface Sample {
  readonly sites?: number;
  readonly depth?: number;
  /** Function names in the place of plain ones. */
  readonly names?: readonly string[];
  readonly looks?: boolean;
  /** Every site has callers of its own. */
  readonly apart?: boolean;
}

export function sampleProfile({
  sites: count = 12,
  depth = 10,
  names = [],
  looks = true,
  apart = false,
}: Sample = {}): Profile {
  const frames: Frame[] = [];
  const frame = (at: number, site: number): number => {
    const kind = (['own', 'package', 'node'] as const)[at % 3] as 'own' | 'package' | 'node';
    const name = names[(site + at) % (names.length || 1)] ?? `${kind}${at}of${site}`;
    const files = {
      own: `src/part${site % 7}/file${at}.js`,
      package: `node_modules/some-package/lib/file${at}.js`,
      node: 'node:internal/streams/readable',
    };
    const line = 10 + site;
    const pack = kind === 'package' ? 'some-package' : null;
    const one = { name, file: files[kind], line, column: 5, kind, package: pack, async: at === 2 };
    return frames.push(one) - 1;
  };
  const shared = Array.from({ length: ANCESTORS }, (_, at) => frame(at, 0));
  const stacks: Stack[] = [];
  const sites: Site[] = [];
  const weights = Array.from({ length: count }, (_, site) => 1 / (site + 1));
  const scale = 1e9 / weights.reduce((sum, weight) => sum + weight, 0);
  for (const [at, weight] of weights.entries()) {
    const bytes = weight * scale;
    const own = Array.from({ length: depth - (apart ? 0 : ANCESTORS) }, (_, level) =>
      frame(depth - level, at),
    );
    stacks.push(stackOf(at, bytes, looks, [...own, ...(apart ? [] : shared)]));
    sites.push(siteOf(at, bytes, frames[own[0] as number] as Frame, looks));
  }
  stacks.push({ ...stackOf(0, 2e7, looks, []), site: null });
  const { summary, ...rest } = FRAME_OF_PROFILE;
  const known = looks ? summary : { ...summary, peak: null };
  return { ...rest, summary: known, ...timelineOf(looks), frames, stacks, sites };
}

function estimate(bytes: number): Estimate {
  const samples = Math.max(1, Math.round(bytes / 5e5));
  return { bytes, samples, error: 1 / Math.sqrt(samples) };
}

/** Site 1 allocates in the first half of the run only, all others all the time. */
function stackOf(at: number, bytes: number, looks: boolean, frames: number[]): Stack {
  const busy = at === 0 ? COLUMNS / 2 : COLUMNS;
  const used = Array.from({ length: COLUMNS }, (_, column) => column).filter(
    (column) => column < busy && (at < 100 || column % 10 === at % 10),
  );
  return {
    site: at + 1,
    api: at % 2 === 0 ? 'Buffer.concat' : 'socket read',
    frames,
    opened: at % 5 === 4 ? 1 : 0,
    allocations: 100,
    bytes,
    samples: 100,
    peakAllocations: 10,
    peakBytes: looks && at % 3 === 0 ? bytes / 10 : 0,
    columns: used.map((column) => [column, bytes / used.length] as const),
  };
}

function siteOf(
  at: number,
  bytes: number,
  { name, file, line, column }: Frame,
  looks: boolean,
): Site {
  const quantile = (ms: number) => ({ ms, lowMs: ms * 0.8, highMs: ms * 1.3 });
  return {
    id: at + 1,
    name,
    file,
    line,
    column,
    kind: at % 5 === 4 ? 'opened' : 'own',
    package: at % 4 === 1 ? 'some-package' : null,
    apis: [{ name: at % 2 === 0 ? 'Buffer.concat' : 'socket read', bytes }],
    allocated: estimate(bytes),
    share: bytes / 1e9,
    allocations: 1_234,
    sizes: {
      min: 4_096,
      p5: 8_192,
      p50: 65_536,
      p95: 1e6,
      max: 8.4e6,
      histogram: [16, 17, 18, 20, 23].map((power) => ({ upTo: 2 ** power, bytes: bytes / power })),
    },
    held: looks
      ? {
          p50: quantile(40),
          p90: quantile(130),
          p99: { ms: null, lowMs: 900, highMs: null },
          shortLivedShare: 0.8,
          lastingShare: 0.01,
          shareError: 0.04,
        }
      : null,
    atPeak: looks ? estimate(at % 3 === 0 ? bytes / 10 : 0) : null,
    advice:
      at % 4 === 1
        ? {
            kind: 'package',
            who: 'package',
            text: 'some-package allocates here, and takes no recycler',
          }
        : { kind: 'fixed', who: 'you', text: 'one size, 8.4 MB, held 40 ms: `fixed`' },
  };
}

function timelineOf(looks: boolean): Pick<Profile, 'timeline'> {
  const columns = (value: (column: number) => number): number[] =>
    Array.from({ length: COLUMNS }, (_, column) => value(column));
  return {
    timeline: {
      stepMs: STEP_MS,
      allocated: columns((column) => 1e9 / COLUMNS + 3e6 * Math.sin(column / 4)),
      held: looks ? columns((column) => 5e7 + 2e7 * Math.sin(column / 9)) : null,
      arrayBuffers: columns((column) => 9e7 + (column % 10) * 4e6),
      external: columns((column) => 9.5e7 + (column % 10) * 4e6),
      heapUsed: columns(() => 1.2e7),
      resident: columns((column) => (column < 3 ? Number.NaN : 1.6e8 + column * 4e5)).map(
        (value) => (Number.isNaN(value) ? null : value),
      ) as (number | null)[],
      looks: looks
        ? [700, 1_900, 2_600, 4_100, 5_300].map((ms) => ({
            ms,
            tookMs: 20,
            reachable: estimate(5e7 + 2e7 * Math.sin(ms / 450)),
          }))
        : [],
    },
  };
}

const FRAME_OF_PROFILE = {
  giveback: 'profile',
  version: 1,
  lab: '0.1.0',
  command: ['/usr/bin/node', 'server.js'],
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: COLUMNS * STEP_MS,
  ended: { exitCode: 0, signal: null },
  settings: { interval: 524_288, minBytes: 4_096, looks: 0.02 },
  summary: {
    sentence:
      'The program allocated 1.0 GB of buffers and held 70 MB at the peak; three call sites account for 60% of the bytes.',
    allocated: { bytes: 1.02e9, samples: 2_040, error: 0.02 },
    counted: { bytes: 1.03e9, allocations: 14_000 },
    attributedShare: 0.98,
    peak: { ms: 700, reachable: { bytes: 7e7, samples: 140, error: 0.08 } },
    peakResidentBytes: 2.1e8,
    ownShare: 0.012,
    looksShare: 0.018,
  },
  threads: [
    {
      pid: 4_711,
      ppid: 1,
      thread: 0,
      node: '24.0.0',
      title: 'server.js',
      startMs: 0,
      endMs: COLUMNS * STEP_MS,
      exitCode: 0,
      allocated: { bytes: 1.02e9, samples: 2_040, error: 0.02 },
      countedBytes: 1.03e9,
      looks: 5,
      interval: 524_288,
      badLines: 0,
    },
  ],
  apis: [
    {
      name: 'Buffer.concat',
      bytes: 6e8,
      allocations: 8_000,
      sampled: { bytes: 6e8, samples: 1_200, error: 0.03 },
    },
  ],
  unattributed: [
    { reason: 'no stack', text: 'no JavaScript was running', bytes: 2e7, samples: 40, error: 0.16 },
    { reason: 'not sampled', text: 'smaller than 4 KiB', bytes: 1e7, samples: 0, error: 0 },
  ],
  notes: ['One trace has a torn end: its process was killed.'],
} as const satisfies Partial<Profile>;
