// Records what one thread does with its buffers. Loaded before the program by `--require`, in processes and in
// workers; depends on nothing but Node.
import { syncBuiltinESMExports } from 'node:module';
import v8 from 'node:v8';
import { threadId } from 'node:worker_threads';
import type { TraceHead } from '../../trace-format.ts';
import type { RecordingSettings } from '../settings.ts';
import { countMethods } from './array-buffers.cts';
import { countBuffers } from './buffers.cts';
import { cpuUsage, now, startInterval } from './captured.cts';
import { countCiphers } from './ciphers.cts';
import { countConstructors } from './constructors.cts';
import { countCopies } from './copies.cts';
import { beforeExit } from './exit.cts';
import { Looks } from './looks.cts';
import { noteOpenings, Origins } from './origins.cts';
import { OwnTime } from './own-time.cts';
import { Pace } from './pace.cts';
import { Sampler } from './sampler.cts';
import { Stacks } from './stacks.cts';
import { isOwn, keepTexts } from './stand-in.cts';
import { countStreams } from './streams.cts';
import { writeCollections, writeMemory } from './vitals.cts';
import { Watcher } from './watcher.cts';
import { followWorkers, restoreEnvironment } from './workers.cts';
import { Writer } from './writer.cts';

const FLUSH_MS = 100;

/** Starts recording this thread. Where no trace can be written, the program runs without one. */
export function start(settings: RecordingSettings, preload: string): void {
  restoreEnvironment(preload);
  // A heap snapshot cannot take a file along.
  if (v8.startupSnapshot?.isBuildingSnapshot()) return;
  const ownTime = new OwnTime();
  let writer: Writer;
  try {
    writer = new Writer(settings.folder, `${process.pid}-${threadId}`, ownTime);
  } catch {
    return;
  }
  writer.write(headOf(settings));
  record(settings, writer, ownTime);
  followWorkers(preload);
  syncBuiltinESMExports();
  forgetOwnModules();
}

function record(settings: RecordingSettings, writer: Writer, ownTime: OwnTime): void {
  const stacks = new Stacks(writer);
  const watcher = new Watcher(settings.looks > 0);
  const origins = new Origins(stacks, ownTime);
  const pace = new Pace(settings.interval, settings.rate, ownTime);
  const { minBytes } = settings;
  const sampler = new Sampler({ writer, stacks, watcher, origins, pace, ownTime, minBytes });
  const looks = settings.looks > 0 ? new Looks(settings.looks, watcher, writer) : undefined;
  writeCollections(writer);
  intercept(sampler, watcher, origins);
  const totals = totalsOf(sampler, pace, ownTime, writer);
  keepTime(
    settings.every,
    () => writeMemory(writer),
    () => {
      sampler.adapt();
      totals();
      writer.flush();
    },
  );
  let ended: number | undefined;
  beforeExit((exitCode) => {
    if (ended === undefined) {
      writeMemory(writer);
      looks?.lastLook();
    }
    totals();
    if (ended !== exitCode) writer.write({ end: Number(now().toFixed(3)), exitCode });
    ended = exitCode;
    writer.flush();
  });
}

function intercept(sampler: Sampler, watcher: Watcher, origins: Origins): void {
  keepTexts();
  countBuffers(sampler);
  countMethods(sampler, watcher);
  countConstructors(sampler);
  countStreams(sampler, origins);
  countCopies(sampler);
  countCiphers(sampler, origins);
  noteOpenings(origins);
}

/** Writes the counters if anything was allocated since they were written last. */
function totalsOf(sampler: Sampler, pace: Pace, ownTime: OwnTime, writer: Writer): () => void {
  let written = -1;
  return () => {
    const apis = sampler.totals();
    const count = apis.reduce((sum, [, , each]) => sum + each, 0);
    if (count === written) return;
    written = count;
    const { user, system } = cpuUsage();
    writer.write({
      totals: Number(now().toFixed(3)),
      apis,
      samples: sampler.samples,
      ownMs: Number(ownTime.ms.toFixed(3)),
      cpuMs: (user + system) / 1_000,
      interval: Math.round(pace.mean),
    });
  };
}

/** Timers that keep nothing alive. */
function keepTime(every: number, memory: () => void, flush: () => void): void {
  memory();
  startInterval(memory, every).unref();
  startInterval(flush, FLUSH_MS).unref();
}

function headOf(settings: RecordingSettings): TraceHead {
  return {
    giveback: 'trace',
    version: 1,
    pid: process.pid,
    ppid: process.ppid,
    thread: threadId,
    node: process.versions.node,
    v8: process.versions.v8,
    platform: process.platform,
    arch: process.arch,
    argv: process.argv,
    execArgv: process.execArgv,
    cwd: process.cwd(),
    timeOrigin: performance.timeOrigin,
    interval: settings.interval,
    minBytes: settings.minBytes,
    looks: settings.looks,
  };
}

/** The program's `require.cache` holds what the program required. */
function forgetOwnModules(): void {
  for (const path of Object.keys(require.cache)) if (isOwn(path)) delete require.cache[path];
}
