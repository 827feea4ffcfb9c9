import { GCProfiler } from 'node:v8';
import { openResidentSet } from 'giveback-lab/measure';
import type { Block } from '../scenarios/scenario.ts';
import { ranMilliseconds, waitedNanoseconds } from './waiting.ts';

/**
 * How long a process runs before it is measured, and how long it is measured, in milliseconds. Waiting
 * for a processor does not count: on a busy machine nothing would be optimised yet when it is measured.
 */
export interface Span {
  readonly warmUp: number;
  readonly measured: number;
}

/** What one process measured: times and heap are per operation. */
export interface Sample {
  /** Wall time, garbage collection included, waiting for a processor not. */
  readonly nanoseconds: number;
  /** The part of the wall time in which the process waited for a processor: the machine's noise. */
  readonly waited: number;
  /** The part of the wall time spent in garbage collection. */
  readonly collecting: number;
  /** Bytes of JavaScript heap allocated. The bytes of array buffers lie outside of it. */
  readonly heapBytes: number;
  /** The most memory that the process ever had from the system, in all. */
  readonly peakBytes: number;
}

const BLOCK_MILLISECONDS = 4;

/** Where the results of blocks go, so that no optimiser may drop what made them. */
const consumed = { sum: 0 };

/**
 * Measures blocks by the clock, for a time. Why not with a harness of npm: tinybench reads the clock
 * around every call, which costs several times what is measured here, and mitata leaves out the
 * slowest samples, which are those with a garbage collection in them. Here all between start and end
 * counts.
 */
export async function measure(block: Block, span: Span): Promise<Sample> {
  const operations = await warmUp(block, span.warmUp);
  const end = ranMilliseconds() + span.measured;
  return observe(block, operations, end);
}

/** Runs blocks of so many operations until `end`, but two at least. */
async function observe(block: Block, operations: number, end: number): Promise<Sample> {
  const collector = new GCProfiler();
  collector.start();
  const heapBefore = process.memoryUsage().heapUsed;
  const waitedBefore = waitedNanoseconds();
  const start = process.hrtime.bigint();
  let blocks = 0;
  while (blocks < 2 || ranMilliseconds() < end) {
    consumed.sum += await block(operations);
    blocks++;
  }
  const elapsed = Number(process.hrtime.bigint() - start);
  const waited = Math.min(waitedNanoseconds() - waitedBefore, elapsed);
  const heapGrowth = process.memoryUsage().heapUsed - heapBefore;
  const { statistics } = collector.stop();
  if (!Number.isFinite(consumed.sum)) throw new Error('Expected a block to return a number.');
  const total = blocks * operations;
  return {
    nanoseconds: (elapsed - waited) / total,
    waited: waited / elapsed,
    collecting: sum(statistics.map(({ cost }) => cost * 1000)) / elapsed,
    heapBytes: Math.max(0, heapGrowth + sum(statistics.map(collectedBytes))) / total,
    peakBytes: openResidentSet().peak,
  };
}

/** Runs blocks until the time is over. @returns the operations that fill a few milliseconds. */
async function warmUp(block: Block, milliseconds: number): Promise<number> {
  let operations = 1;
  const end = ranMilliseconds() + milliseconds;
  for (;;) {
    const before = ranMilliseconds();
    consumed.sum += await block(operations);
    const after = ranMilliseconds();
    if (after >= end) return operations;
    if (after - before < BLOCK_MILLISECONDS / 2) operations *= 2;
  }
}

interface Collection {
  readonly beforeGC: { readonly heapStatistics: { readonly usedHeapSize: number } };
  readonly afterGC: { readonly heapStatistics: { readonly usedHeapSize: number } };
}

function collectedBytes({ beforeGC, afterGC }: Collection): number {
  return beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
