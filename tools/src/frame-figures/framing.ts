// A child of `npm run frame-figures`: prints how fast frames of one size are taken in one way.
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { HEADER, type Take, WAYS } from './ways.ts';

export interface Measured {
  readonly node: string;
  /** Megabytes for each second that the reading thread ran: others may have had the machine as well. */
  readonly rate: number;
  /** The share of the time that garbage collection took. */
  readonly gcShare: number;
  /** Megabytes resident at most, less those of the idle process. */
  readonly resident: number;
}

const MiB = 1024 * 1024;
/** What comes before the clock starts, and how long it runs, in milliseconds. */
const WARM_UP = 400;
const TAKEN = 1200;

if (isMainThread) await measure(process.argv[2] as string, Number(process.argv[3]));
else sendForever(workerData as number);

/** In a thread of its own: frames of that size to everyone that connects. */
function sendForever(size: number): void {
  const frame = Buffer.alloc(size, 'giveback ');
  frame.writeUInt32BE(size - HEADER);
  const block = Buffer.concat(Array(Math.ceil(MiB / size)).fill(frame));
  const server = createServer((socket) => {
    const send = (): void => {
      while (socket.write(block));
    };
    socket.on('drain', send).on('error', () => {});
    send();
  });
  server.listen(0, '127.0.0.1', () =>
    parentPort?.postMessage((server.address() as AddressInfo).port),
  );
}

async function measure(way: string, size: number): Promise<void> {
  let gcMs = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) gcMs += duration;
  }).observe({ entryTypes: ['gc'] });
  const sender = new Worker(fileURLToPath(import.meta.url), { workerData: size });
  const port = await new Promise<number>((resolve) => sender.once('message', resolve));
  const idle = process.memoryUsage.rss();
  const { ms, ranMs, bytes } = await takeAll(port, way, () => {
    gcMs = 0;
  });
  // What is collected last is told in a later turn.
  await sleep(20);
  const measured: Measured = {
    node: process.version,
    rate: bytes / 1e3 / ranMs,
    gcShare: gcMs / ms,
    resident: (process.resourceUsage().maxRSS * 1024 - idle) / 1e6,
  };
  console.log(JSON.stringify(measured));
  process.exit();
}

/** What is taken after the warm-up: `onStart` is called at its end. */
function takeAll(
  port: number,
  way: string,
  onStart: () => void,
): Promise<{ readonly ms: number; readonly ranMs: number; readonly bytes: number }> {
  return new Promise((resolve) => {
    let bytes = 0;
    let checked = 0;
    let started: { readonly at: number; readonly ran: number; readonly bytes: number } | undefined;
    const first = performance.now();
    const take: Take = (taken) => {
      bytes += taken.length;
      // To look at the clock for each small frame would be measured as well.
      if (bytes - checked < MiB) return true;
      checked = bytes;
      const now = performance.now();
      if (started === undefined && now - first > WARM_UP) {
        started = { at: now, ran: ranMs(), bytes };
        onStart();
      }
      if (started === undefined || now - started.at < TAKEN) return true;
      resolve({
        ms: now - started.at,
        ranMs: ranMs() - started.ran,
        bytes: bytes - started.bytes,
      });
      return false;
    };
    WAYS[way]?.(port, take);
  });
}

/** For how many milliseconds the main thread has run, by what the kernel says. */
function ranMs(): number {
  const stat = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8');
  return Number(stat.split(' ')[0]) / 1e6;
}
