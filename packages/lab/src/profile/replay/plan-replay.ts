import { UsageError } from '../../core/errors.ts';
import { type ReplayPlan, STEPS, type Step } from '../../workloads/replay-plan.ts';
import type { ReplaySettings } from '../../workloads/settings.ts';
import { tallyOf } from '../estimate.ts';
import { isBodyChunks, isSocketReads } from '../outputs/advice.ts';
import { buildProfile } from '../outputs/build-profile.ts';
import type { Site } from '../profile-format.ts';
import { groupBySite } from '../sites/group.ts';
import { mergeTraces, type Recording } from '../trace/read-traces.ts';
import type { Trace } from '../trace/trace.ts';
import { makePlan } from './make-plan.ts';
import { recordedHeap, recordedMemory } from './recorded-memory.ts';
import { sitesToRecycle } from './replay-sites.ts';
import type { PlannedGroup } from './series.ts';

export interface PlannedReplay {
  readonly plan: ReplayPlan;
  readonly facts: Omit<ReplaySettings, 'plan'>;
  readonly tickMs: number;
  readonly ticks: number;
  /** Processes of the recording that are not replayed. */
  readonly otherProcesses: number;
  /** Looks at what is replayed. */
  readonly looks: number;
}

const SHORTEST_TICK_MS = 10;

/**
 * Plans the replay of a recording: of its process that allocated most, as each process has memory of its own.
 *
 * @throws UsageError if the recording has nothing to replay
 */
export function planReplay(
  recording: Recording,
  asked: readonly number[],
  seed: number,
): PlannedReplay {
  const { sites } = buildProfile(recording, {
    command: [],
    ended: { exitCode: null, signal: null },
  });
  const recycled = sitesToRecycle(sites, asked);
  const processes = processesOf(recording);
  const largest = [...processes].sort((a, b) => bytesOf(b) - bytesOf(a))[0] ?? [];
  const own = mergeTraces(largest);
  if (own.traces.every(({ looks }) => looks.length === 0)) {
    throw new UsageError('Expected a trace with looks: without them nobody knows when to let go');
  }
  const steps = stepsFor(recycled.map((id) => sites[id - 1] as Site));
  const groups = groupsOf(recording, steps, new Set(largest));
  const memory = recordedMemory(own.traces, own.startedAt);
  if (memory.highBytes === 0) {
    throw new UsageError(
      'Expected a trace in which array buffers take more memory than at its start: there is nothing to compare a replay with',
    );
  }
  // Whose heap the replay's stands for.
  const main = [...own.traces].sort((a, b) => bytesOf([b]) - bytesOf([a]))[0] as Trace;
  const offset = main.head.timeOrigin - own.startedAt;
  const looks = main.looks.map(({ t }) => offset + t);
  const known = { startedAt: own.startedAt, looks, readings: memory.readings };
  const plan = makePlan(groups, known, seed);
  const tickMs = Math.max(Math.round(memory.everyMs), SHORTEST_TICK_MS);
  return {
    plan,
    facts: {
      sites: recycled,
      recordedHighBytes: memory.highBytes,
      recordedMeanBytes: memory.meanBytes,
      recordedHeapBytes: recordedHeap(main),
    },
    tickMs,
    ticks: Math.max(Math.ceil(own.durationMs / tickMs), 1),
    otherProcesses: processes.length - 1,
    looks: own.traces.reduce((sum, { looks }) => sum + looks.length, 0),
  };
}

/**
 * Chunks of a body cannot be recycled, but are freed where the body is read into a recycled buffer. Where what is read
 * is joined, each chunk is copied as it comes, into a buffer that is there from the first of them.
 */
function stepsFor(recycled: readonly Site[]): Map<number, Step> {
  const joins = recycled.some(isJoined);
  const passes = (site: Site): boolean => isBodyChunks(site) || (joins && isSocketReads(site));
  const fills = recycled.some(passes);
  return new Map(
    recycled.map((site) => {
      if (passes(site)) return [site.id, STEPS.pass];
      return [site.id, fills && isJoined(site) ? STEPS.join : STEPS.get];
    }),
  );
}

function isJoined({ apis }: Site): boolean {
  return apis[0]?.name === 'Buffer.concat';
}

/** The sites' buffers in these traces, and those that belong to no site. */
function groupsOf(
  recording: Recording,
  recycled: ReadonlyMap<number, Step>,
  traces: ReadonlySet<Trace>,
): PlannedGroup[] {
  const { sites, stacks } = groupBySite(recording);
  const unattributed = stacks.flatMap(({ origin, members }) =>
    typeof origin === 'string' ? members : [],
  );
  const groups = [
    ...sites.map(({ members }, index) => ({
      members,
      step: recycled.get(index + 1) ?? STEPS.make,
    })),
    { members: unattributed, step: STEPS.make },
  ];
  return groups
    .map(({ members, step }) => ({
      members: members.filter(({ trace }) => traces.has(trace)),
      step,
    }))
    .filter(({ members }) => members.length > 0);
}

function processesOf({ traces }: Recording): Trace[][] {
  const processes = new Map<number, Trace[]>();
  for (const trace of traces) {
    const own = processes.get(trace.head.pid) ?? [];
    own.push(trace);
    processes.set(trace.head.pid, own);
  }
  return [...processes.values()];
}

function bytesOf(traces: readonly Trace[]): number {
  return traces.reduce((sum, { samples }) => sum + tallyOf(samples).bytes, 0);
}
