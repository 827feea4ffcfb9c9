import { UsageError } from '../../core/errors.ts';
import type { ReplayPlan } from '../../workloads/replay-plan.ts';
import type { ReplaySettings } from '../../workloads/settings.ts';
import { tallyOf } from '../estimate.ts';
import { buildProfile } from '../outputs/build-profile.ts';
import { groupBySite } from '../sites/group.ts';
import { mergeTraces, type Recording } from '../trace/read-traces.ts';
import type { Trace } from '../trace/trace.ts';
import { makePlan, type PlannedGroup } from './make-plan.ts';
import { recordedMemory } from './recorded-memory.ts';
import { sitesToRecycle } from './replay-sites.ts';

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
  const groups = groupsOf(recording, new Set(recycled), new Set(largest));
  const plan = makePlan(groups, own.startedAt, seed);
  const memory = recordedMemory(own.traces, own.startedAt);
  const tickMs = Math.max(Math.round(memory.everyMs), SHORTEST_TICK_MS);
  return {
    plan,
    facts: {
      sites: recycled,
      recordedPeakBytes: memory.peakBytes,
      recordedMeanBytes: memory.meanBytes,
    },
    tickMs,
    ticks: Math.max(Math.ceil(own.durationMs / tickMs), 1),
    otherProcesses: processes.length - 1,
    looks: own.traces.reduce((sum, { looks }) => sum + looks.length, 0),
  };
}

/** The sites' buffers in these traces, and those that belong to no site. */
function groupsOf(
  recording: Recording,
  recycled: ReadonlySet<number>,
  traces: ReadonlySet<Trace>,
): PlannedGroup[] {
  const { sites, stacks } = groupBySite(recording);
  const unattributed = stacks.flatMap(({ origin, members }) =>
    typeof origin === 'string' ? members : [],
  );
  const groups = [
    ...sites.map(({ members }, index) => ({ members, isRecycled: recycled.has(index + 1) })),
    { members: unattributed, isRecycled: false },
  ];
  return groups
    .map(({ members, isRecycled }) => ({
      members: members.filter(({ trace }) => traces.has(trace)),
      isRecycled,
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
