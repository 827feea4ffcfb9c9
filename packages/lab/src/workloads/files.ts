import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecycledBuffer } from 'giveback';
import { fileChunks } from 'giveback/io';
import { GiB, KiB, MiB } from '../core/units.ts';
import { concurrently } from '../measure/concurrently.ts';
import { LiveBytes } from './live-bytes.ts';
import { mark } from './marks.ts';
import { transfers } from './transfers.ts';
import { defineWorkload, type TrialContext, type Workload } from './workload.ts';

const FILE = GiB;
/** Bytes of a request. */
const RANGE = 64 * MiB;
const CHUNK = 64 * KiB;

/**
 * Files of 1 GiB, read in ranges, several at a time, and checked every MiB. The files are sparse, so they are read from
 * the system's memory and occupy almost nothing on a disk. The latency is the time to read a range.
 */
export const files: Workload = defineWorkload({
  name: 'files',
  summary: 'files of 1 GiB, read in ranges of 64 MiB: streams against fileChunks',
  unit: { one: 'range', many: 'ranges', time: 'from the request for it to its last byte' },
  ...transfers(64, 4),

  async run(context: TrialContext): Promise<void> {
    const { ticks: requests, concurrency = 1, recordTransfer } = context;
    const folder = mkdtempSync(join(tmpdir(), 'giveback-lab-files-'));
    try {
      for (let file = 0; file * FILE < requests * RANGE; file++)
        await makeFile(join(folder, String(file)), file);
      const reader = new RangeReader(folder, context);
      const start = performance.now();
      await concurrently(requests, concurrency, (request) => reader.read(request));
      const ms = performance.now() - start;
      recordTransfer?.({ bytes: requests * RANGE, ms, errors: reader.errors });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
});

class RangeReader {
  errors = 0;
  readonly #folder: string;
  readonly #context: TrialContext;
  readonly #live = new LiveBytes();

  constructor(folder: string, context: TrialContext) {
    this.#folder = folder;
    this.#context = context;
  }

  /** Reads the range of a request and checks it. */
  async read(request: number): Promise<void> {
    const { strategy, recordLatency, sample } = this.#context;
    const file = Math.floor((request * RANGE) / FILE);
    const first = (request * RANGE) % FILE;
    const start = performance.now();
    let position = first;
    for await (const chunk of this.#chunks(file, first)) {
      this.#live.add(chunk.length);
      if (position % MiB === 0 && !isBeginning(chunk, file, position)) this.errors += 1;
      position += chunk.length;
      this.#live.remove(chunk.length);
      strategy.recycler?.give(chunk as RecycledBuffer);
    }
    if (position !== first + RANGE) this.errors += 1;
    recordLatency(performance.now() - start);
    sample(this.#live.peak());
  }

  #chunks(file: number, first: number): AsyncIterable<Buffer> {
    const { recycler } = this.#context.strategy;
    const path = join(this.#folder, String(file));
    const range = { start: first, end: first + RANGE - 1 };
    return recycler
      ? fileChunks(path, recycler, { chunkSize: CHUNK, ...range })
      : createReadStream(path, { highWaterMark: CHUNK, ...range });
  }
}

/** A sparse file with a mark at each MiB. */
async function makeFile(path: string, id: number): Promise<void> {
  await using file = await open(path, 'w');
  await file.truncate(FILE);
  const beginning = Buffer.alloc(16);
  for (let position = 0; position < FILE; position += MiB) {
    mark(beginning, id, position);
    await file.write(beginning, 0, beginning.length, position);
  }
}

function isBeginning(chunk: Buffer, id: number, position: number): boolean {
  return chunk.readUInt32LE(0) === id && chunk.readUInt32LE(4) === position / 4096;
}
