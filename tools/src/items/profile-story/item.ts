import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceTable, root } from '../../document.ts';
import type { Item } from '../../evidence/item.ts';
import { formatPercent, nodeName, table } from '../../markdown.ts';
import { median } from '../../median.ts';
import type { Metered } from '../../meter.ts';
import { lab, METER, megabytes, profileIn, type Replayed, replayProfile } from '../../profiling.ts';
import { takePictures } from './pictures.ts';
import { EXAMPLE, type Load, underLoad } from './under-load.ts';

const ROUNDS = 5;
const SECONDS = 10;
/** Long enough for the looks. */
const PROFILED_SECONDS = 20;
const NAME = 'profile-story';
const DOCUMENT = 'docs/profile.md';

type Measured = Load & Metered;

/** What a profile says, as far as the document quotes it. */
interface Said {
  readonly sentence: string;
  readonly allocated: number;
  /** Counted exactly. */
  readonly rounds: number;
  readonly peak: number;
  readonly sites: readonly (readonly [
    name: string,
    share: number,
    error: number,
    bytes: number,
    advice: string,
  ])[];
}

interface Version {
  /** Without the profiler. */
  readonly measured: Measured;
  readonly profile: Said;
}

interface Story {
  readonly before: Version;
  readonly after: Version;
  readonly replay: Replayed;
  readonly pictures: readonly string[];
}

/** `examples/profile-story`: profiled, replayed, changed, and profiled again. */
export const profileStory: Item<Story> = {
  name: NAME,
  what: 'a server before and after what its profile advises',
  minutes: { full: 5 },

  async measure({ folder }) {
    const measured = { before: [] as Measured[], after: [] as Measured[] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const version of ['before', 'after'] as const) {
        measured[version].push(await measureOnce(version, join(folder, `${version}.json`)));
        console.error(`  ${round + 1} of ${ROUNDS}: ${version}`);
      }
    }
    const before = await profiled('before', folder);
    const after = await profiled('after', folder);
    console.error('  profiled');
    const replay = replayProfile(join(folder, 'before'), join(folder, 'replay'));
    return {
      before: { measured: middleOf(measured.before), profile: before },
      after: { measured: middleOf(measured.after), profile: after },
      replay,
      pictures: await takePictures(folder),
    };
  },

  write({ before, after, replay, pictures }, { folder, note }) {
    for (const file of pictures) {
      if (existsSync(join(folder, file)))
        copyFileSync(join(folder, file), join(root, 'docs', file));
    }
    replaceTable(DOCUMENT, `${NAME}-before`, quoted(before.profile));
    replaceTable(DOCUMENT, `${NAME}-replay`, verdict(replay, after));
    replaceTable(DOCUMENT, `${NAME}-after`, quoted(after.profile));
    const details = `${nodeName(before.measured.node)}. Medians of ${ROUNDS} runs of ${SECONDS} s without the profiler, 8 clients on the same machine; the profiles are of a run of their own.`;
    replaceTable(DOCUMENT, NAME, `${comparison(before, after)}\n\n${note(details)}`);
  },
};

async function measureOnce(version: string, file: string): Promise<Measured> {
  const load = await underLoad(['--import', METER, join(EXAMPLE, `${version}.js`)], SECONDS, {
    env: { METER: file },
    onIdle: (server) => server.kill('SIGUSR2'),
  });
  return { ...load, ...(JSON.parse(readFileSync(file, 'utf8')) as Metered) };
}

/** The median of each figure by itself. */
function middleOf(all: readonly Measured[]): Measured {
  const { node } = all[0] as Measured;
  const of = (key: Exclude<keyof Measured, 'node'>): number =>
    median(
      all.map((one) => one[key]),
      Number,
    );
  return {
    node,
    rounds: of('rounds'),
    ms: of('ms'),
    moved: of('moved'),
    wrong: of('wrong'),
    p50: of('p50'),
    p99: of('p99'),
    resident: of('resident'),
    arrayBuffers: of('arrayBuffers'),
    gcMs: of('gcMs'),
    cpuMs: of('cpuMs'),
  };
}

async function profiled(version: string, folder: string): Promise<Said> {
  const out = join(folder, version);
  // The example sees giveback as its users do, who have it in node_modules.
  const program = ['node', '--preserve-symlinks', join('examples', NAME, `${version}.js`)];
  const { rounds } = await underLoad(
    [lab, 'profile', '--out', out, '--', ...program],
    PROFILED_SECONDS,
  );
  const { summary, sites } = profileIn(out);
  return {
    sentence: summary.sentence,
    allocated: summary.counted.bytes,
    rounds,
    peak: summary.peak?.reachable.bytes ?? 0,
    sites: sites.slice(0, 5).map(({ name, file, line, share, allocated, advice }) => {
      const place = `${file.replace(/^.*\//, '')}:${line}`;
      return [`${place} ${name}`, share, allocated.error, allocated.bytes, advice.text];
    }),
  };
}

function quoted({ sentence, sites }: Said): string {
  const rows = sites.map(([site, share, error, bytes, advice]) => [
    site.replace(/ \(anonymous\)$/, ''),
    `${Math.round(100 * share)}% ±${Math.round(100 * error)}%`,
    megabytes(bytes),
    advice,
  ]);
  return `> ${sentence}\n\n${table(['site', 'share', 'bytes', 'advice'], rows)}`;
}

function verdict({ says, elastic }: Replayed, { measured }: Version): string {
  const off = elastic / measured.resident - 1;
  const off100 = Math.abs(Math.round(100 * off));
  const really = `With the change the server really held ${megabytes(measured.resident)} above its idle process: the prediction of ${megabytes(elastic)} was ${off100}% too ${off > 0 ? 'high' : 'low'}.`;
  return `\`\`\`\n${says.join('\n')}\n\`\`\`\n\n${really}`;
}

function comparison(before: Version, after: Version): string {
  const row = (
    what: string,
    of: (version: Version) => number,
    format: (value: number) => string,
  ) => {
    const [was, is] = [of(before), of(after)];
    return [what, format(was), format(is), `${(is / was).toFixed(2)}×`];
  };
  const rows = [
    row(
      'peak resident memory, above the idle server',
      ({ measured }) => measured.resident,
      megabytes,
    ),
    row('reachable at the look that found most', ({ profile }) => profile.peak, megabytes),
    row(
      'buffers allocated for an upload and its downloads',
      ({ profile }) => profile.allocated / profile.rounds,
      (bytes) => `${(bytes / 1e6).toFixed(1)} MB`,
    ),
    row('time in garbage collection', ({ measured: { gcMs, ms } }) => gcMs / ms, formatPercent),
    row(
      'CPU time for a gigabyte moved',
      ({ measured: { cpuMs, moved } }) => cpuMs / (moved / 1e9),
      (ms) => `${(ms / 1_000).toFixed(2)} s`,
    ),
    row(
      'throughput',
      ({ measured: { moved, ms } }) => moved / 1e3 / ms,
      (rate) => `${Math.round(rate)} MB/s`,
    ),
    row(
      'an upload and its downloads, p50',
      ({ measured }) => measured.p50,
      (ms) => `${ms} ms`,
    ),
    row(
      'p99',
      ({ measured }) => measured.p99,
      (ms) => `${ms} ms`,
    ),
  ];
  return table(['', 'before', 'after', ''], rows, 'right');
}
