import { GCProfiler } from 'node:v8';
import { openResidentSet } from 'giveback-lab/measure';
import type { Block } from '../scenarios/scenario.ts';
import { ranMilliseconds, waitedNanoseconds } from './waiting.ts';

/**
 * How long a process warms up and how long it is measured, in milliseconds. Time in which it waits for a processor does
 * not count, or on a busy machine its code would not be optimised yet when it is measured.
 */
export interface Span {
  readonly warmUp: number;
  readonly measured: number;
}

/** The measurements of one process. */
export interface Sample {
  /** Wall time of an operation, with garbage collection and without waiting for a processor. */
  readonly nanoseconds: number;
  /** The part of the wall time in which the process waited for a processor, which is noise of the machine. */
  readonly waited: number;
  /** The part of the wall time spent in garbage collection. */
  readonly collecting: number;
  /** Bytes of JavaScript heap that an operation allocated. The bytes of array buffers are outside the heap. */
  readonly heapBytes: number;
  /** Peak resident memory of the process so far. */
  readonly peakBytes: number;
}

const BLOCK_MILLISECONDS = 4;

/** Takes the results of blocks, so that the optimiser cannot drop the work. */
const consumed = { sum: 0 };

/**
 * Runs blocks for a time and measures all of it. No harness from npm does that: tinybench reads the clock around every
 * call, which takes several times as long as what is measured here, and mitata leaves out the slowest samples, which
 * are those with a garbage collection.
 */
export async function measure(block: Block, span: Span): Promise<Sample> {
  const operations = await warmUp(block, span.warmUp);
  const end = ranMilliseconds() + span.measured;
  return observe(block, operations, end);
}

/** Measures blocks of `operations` operations until `end`, at least two. */
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

/** Runs blocks for a time. @returns how many operations take a few milliseconds */
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
